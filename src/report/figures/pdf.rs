//! A drawing as a PDF of one page: lines and areas as they are, text as text in the embedded font, cut down to the glyphs that it uses.

use super::drawing::{Anchor, Drawing, Shape};
use super::palette::Color;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use std::collections::BTreeMap;
use std::io::Write;
use subsetter::GlyphRemapper;
use ttf_parser::Face;

/// Points in a CSS pixel.
const POINTS: f64 = 0.75;
/// Control points of a quarter circle, as shares of its radius.
const ROUND: f32 = 0.552_284_8;

/// One weight of the font, and what of it the drawing uses.
struct Font {
    data: &'static [u8],
    face: Face<'static>,
    /// As PDF calls it: six letters stand for the glyphs that are in it.
    name: &'static str,
    resource: &'static [u8],
    bold: bool,
    glyphs: GlyphRemapper,
    /// New number of a glyph to the character that it shows.
    characters: BTreeMap<u16, char>,
}

impl Font {
    fn new(data: &'static [u8], bold: bool) -> Result<Self, String> {
        let face = Face::parse(data, 0).map_err(|why| format!("the font cannot be read: {why}"))?;
        let (name, resource): (_, &[u8]) = if bold { ("MERMEN+DejaVuSans-Bold", b"B") } else { ("MERMEN+DejaVuSans", b"R") };
        Ok(Self { data, face, name, resource, bold, glyphs: GlyphRemapper::new(), characters: BTreeMap::new() })
    }

    /// The text as two bytes a glyph, and its width in em.
    fn encode(&mut self, text: &str) -> (Vec<u8>, f64) {
        let (mut bytes, mut width) = (Vec::new(), 0.0);
        for c in text.chars() {
            let glyph = self.face.glyph_index(c).unwrap_or_default();
            width += f64::from(self.face.glyph_hor_advance(glyph).unwrap_or(0)) / f64::from(self.face.units_per_em());
            let new = self.glyphs.remap(glyph.0);
            self.characters.entry(new).or_insert(c);
            bytes.extend(new.to_be_bytes());
        }
        (bytes, width)
    }

    /// In thousandths of an em.
    fn thousandths(&self, units: i32) -> f32 {
        units as f32 * 1000.0 / f32::from(self.face.units_per_em())
    }

    /// Writes the font's objects, of which `first` is the first of five ids.
    fn write(&self, pdf: &mut Pdf, first: i32) -> Result<(), String> {
        let [font, cid, descriptor, cmap, file] = [0, 1, 2, 3, 4].map(|n| Ref::new(first + n));
        let name = Name(self.name.as_bytes());
        let system = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
        pdf.type0_font(font).base_font(name).encoding_predefined(Name(b"Identity-H")).descendant_font(cid).to_unicode(cmap);
        {
            let mut written = pdf.cid_font(cid);
            written.subtype(CidFontType::Type2).base_font(name).system_info(system).font_descriptor(descriptor);
            written.default_width(0.0).cid_to_gid_map_predefined(Name(b"Identity"));
            let widths = self.glyphs.remapped_gids().map(|old| {
                let advance = self.face.glyph_hor_advance(ttf_parser::GlyphId(old)).unwrap_or(0);
                self.thousandths(i32::from(advance))
            });
            written.widths().consecutive(0, widths.collect::<Vec<_>>());
        }
        let bbox = self.face.global_bounding_box();
        let [left, bottom, right, top] = [bbox.x_min, bbox.y_min, bbox.x_max, bbox.y_max].map(|at| self.thousandths(i32::from(at)));
        pdf.font_descriptor(descriptor)
            .name(name)
            .flags(FontFlags::NON_SYMBOLIC)
            .bbox(Rect::new(left, bottom, right, top))
            .italic_angle(0.0)
            .ascent(self.thousandths(i32::from(self.face.ascender())))
            .descent(self.thousandths(i32::from(self.face.descender())))
            .cap_height(self.thousandths(i32::from(self.face.capital_height().unwrap_or(self.face.ascender()))))
            .stem_v(if self.bold { 140.0 } else { 80.0 })
            .font_file2(file);
        let mut map = UnicodeCmap::new(Name(b"Custom"), system);
        for (glyph, character) in &self.characters {
            map.pair(*glyph, *character);
        }
        pdf.cmap(cmap, &map.finish());
        let subset = subsetter::subset(self.data, 0, &self.glyphs).map_err(|why| format!("the font cannot be cut: {why}"))?;
        let packed = packed(&subset)?;
        pdf.stream(file, &packed).filter(Filter::FlateDecode).pair(Name(b"Length1"), subset.len() as i32);
        Ok(())
    }
}

/// The same bytes from the same drawing: no date, no identifier.
pub(super) fn pdf(drawing: &Drawing, title: &str) -> Result<Vec<u8>, String> {
    let mut fonts = [Font::new(dejavu::sans::regular(), false)?, Font::new(dejavu::sans::bold(), true)?];
    let (width, height) = (drawing.width * POINTS, drawing.height * POINTS);
    let mut content = Content::new();
    // Degrees of transparency that shapes have, each a graphics state.
    let mut alphas: Vec<u64> = Vec::new();
    let mut alpha = 1.0f64;
    let at = |(x, y): (f64, f64)| ((x * POINTS) as f32, (height - y * POINTS) as f32);
    for shape in &drawing.shapes {
        let color = match shape {
            Shape::Path { color, .. } | Shape::Polygon { color, .. } | Shape::Disc { color, .. } | Shape::Text { color, .. } => *color,
        };
        if color.alpha != alpha {
            alpha = color.alpha;
            let place = alphas.iter().position(|known| *known == alpha.to_bits()).unwrap_or_else(|| {
                alphas.push(alpha.to_bits());
                alphas.len() - 1
            });
            content.set_parameters(Name(format!("A{place}").as_bytes()));
        }
        let [red, green, blue] = rgb(color);
        match shape {
            Shape::Path { points, width, .. } => {
                content.set_stroke_rgb(red, green, blue).set_line_width((width * POINTS) as f32);
                outline(&mut content, points.iter().copied().map(at));
                content.stroke();
            }
            Shape::Polygon { points, .. } => {
                content.set_fill_rgb(red, green, blue);
                outline(&mut content, points.iter().copied().map(at));
                content.close_path().fill_nonzero();
            }
            Shape::Disc { center, radius, .. } => {
                content.set_fill_rgb(red, green, blue);
                disc(&mut content, at(*center), (radius * POINTS) as f32);
            }
            Shape::Text { at: place, text, size, anchor, bold, .. } => {
                let font = &mut fonts[usize::from(*bold)];
                let (bytes, em) = font.encode(text);
                let shift = match anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => 0.5,
                    Anchor::End => 1.0,
                };
                let (x, y) = at((place.0 - shift * em * size, place.1));
                content.set_fill_rgb(red, green, blue);
                content.begin_text().set_font(Name(font.resource), (size * POINTS) as f32).next_line(x, y).show(Str(&bytes)).end_text();
            }
        }
    }
    let content = packed(&content.finish())?;

    let mut pdf = Pdf::new();
    // What it needs, and what every pdfTeX takes in without a warning.
    pdf.set_version(1, 5);
    let [catalog, pages, page, stream, info] = [1, 2, 3, 4, 5].map(Ref::new);
    const FONTS: i32 = 6;
    let states = FONTS + 5 * fonts.len() as i32;
    pdf.catalog(catalog).pages(pages);
    pdf.document_info(info).title(TextStr(title)).producer(TextStr("mermen"));
    pdf.pages(pages).kids([page]).count(1);
    {
        let mut written = pdf.page(page);
        written.parent(pages).media_box(Rect::new(0.0, 0.0, width as f32, height as f32)).contents(stream);
        let mut resources = written.resources();
        let mut names = resources.fonts();
        for (n, font) in fonts.iter().enumerate().filter(|(_, font)| !font.characters.is_empty()) {
            names.pair(Name(font.resource), Ref::new(FONTS + 5 * n as i32));
        }
        names.finish();
        let mut names = resources.ext_g_states();
        for n in 0..alphas.len() {
            names.pair(Name(format!("A{n}").as_bytes()), Ref::new(states + n as i32));
        }
        names.finish();
    }
    pdf.stream(stream, &content).filter(Filter::FlateDecode);
    for (n, font) in fonts.iter().enumerate().filter(|(_, font)| !font.characters.is_empty()) {
        font.write(&mut pdf, FONTS + 5 * n as i32)?;
    }
    for (n, alpha) in alphas.iter().enumerate() {
        let alpha = f64::from_bits(*alpha) as f32;
        pdf.ext_graphics(Ref::new(states + n as i32)).non_stroking_alpha(alpha).stroking_alpha(alpha);
    }
    Ok(pdf.finish())
}

fn rgb(color: Color) -> [f32; 3] {
    [color.red, color.green, color.blue].map(|part| f32::from(part) / 255.0)
}

fn outline(content: &mut Content, points: impl Iterator<Item = (f32, f32)>) {
    for (n, (x, y)) in points.enumerate() {
        if n == 0 {
            content.move_to(x, y)
        } else {
            content.line_to(x, y)
        };
    }
}

/// Four curves.
fn disc(content: &mut Content, (x, y): (f32, f32), r: f32) {
    let k = ROUND * r;
    content.move_to(x + r, y);
    content.cubic_to(x + r, y + k, x + k, y + r, x, y + r);
    content.cubic_to(x - k, y + r, x - r, y + k, x - r, y);
    content.cubic_to(x - r, y - k, x - k, y - r, x, y - r);
    content.cubic_to(x + k, y - r, x + r, y - k, x + r, y);
    content.fill_nonzero();
}

fn packed(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|why| why.to_string())
}
