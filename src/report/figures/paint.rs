//! Shapes to Plotters' backends: one painter, generic over the backend, for SVG and PNG.

use super::drawing::{Anchor, Drawing, Shape};
use super::palette::Color;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, FontStyle, register_font};
use std::fmt::Write;
use std::sync::Once;

/// The family that SVG viewers are asked for, and the name under which Plotters knows the font for PNG.
const FAMILY: &str = "DejaVu Sans, sans-serif";
/// Plotters takes whole pixels: figures are painted at four to the CSS pixel. SVG scales them down with its view box; PNG
/// averages two by two, which leaves two to the CSS pixel (192 to the inch) with smooth edges.
const SCALE: f64 = 4.0;
const SHRINK: usize = 2;

/// How a backend turns a font size into letters.
struct Letters {
    /// Font size in Plotters' sense that makes an em of one pixel.
    size_of_em: f64,
    /// From the anchor's top to the baseline, in em.
    baseline: f64,
}

/// plotters-svg writes `font-size` as size / 1.24 and `dy="0.76em"` for an anchor at the top.
const SVG_LETTERS: Letters = Letters { size_of_em: 1.24, baseline: 0.76 };
/// plotters with ab_glyph takes the size as ascent + descent (2384 of 2048 units in DejaVu Sans) and puts the baseline
/// half of it below the anchor.
const PNG_LETTERS: Letters = Letters { size_of_em: 2384.0 / 2048.0, baseline: 0.5 * 2384.0 / 2048.0 };

fn register_fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for (style, bytes) in [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())] {
            // A font that did not parse shows as a drawing error that names it.
            let _ = register_font(FAMILY, style, bytes);
        }
    });
}

/// Width of `text` in CSS pixels at `size` pixels to the em.
pub(in crate::report) fn text_width(text: &str, size: f64) -> f64 {
    register_fonts();
    let fine = 100.0;
    let wide = (FAMILY, fine * PNG_LETTERS.size_of_em).into_font().box_size(text).map_or(0, |b| b.0);
    f64::from(wide) / fine * size
}

pub(super) fn svg(drawing: &Drawing, title: &str, description: &str) -> Result<String, String> {
    register_fonts();
    let size = pixels(drawing);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        paint(drawing, &area, &SVG_LETTERS).map_err(|e| e.to_string())?;
        area.present().map_err(|e| e.to_string())?;
    }
    let Some((_, shapes)) = text.split_once('>') else { return Err("the SVG backend gave no document".to_owned()) };
    let mut whole = format!(
        "<svg width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" xmlns=\"http://www.w3.org/2000/svg\">\n",
        drawing.width,
        drawing.height,
        size.0,
        size.1,
        escape(title)
    );
    let _ = write!(whole, "<title>{}</title>\n<desc>{}</desc>", escape(title), escape(description));
    whole.push_str(shapes);
    Ok(whole)
}

pub(super) fn png(drawing: &Drawing) -> Result<Vec<u8>, String> {
    register_fonts();
    let size = pixels(drawing);
    let (width, height) = (size.0 as usize, size.1 as usize);
    let mut fine = vec![0xff; 3 * width * height];
    {
        let area = BitMapBackend::with_buffer(&mut fine, size).into_drawing_area();
        paint(drawing, &area, &PNG_LETTERS).map_err(|e| e.to_string())?;
        area.present().map_err(|e| e.to_string())?;
    }
    let (w, h) = (width / SHRINK, height / SHRINK);
    let mut image = Vec::with_capacity(3 * w * h);
    for y in 0..h {
        for x in 0..w {
            for channel in 0..3 {
                let at = |dx: usize, dy: usize| u32::from(fine[3 * ((SHRINK * y + dy) * width + SHRINK * x + dx) + channel]);
                image.push(((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8);
            }
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, w as u32, h as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let per_metre = (96.0 * SCALE / SHRINK as f64 / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header().map_err(|e| e.to_string())?;
    writer.write_image_data(&image).map_err(|e| e.to_string())?;
    writer.finish().map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// Size in painted pixels, a multiple of what PNG shrinks by.
fn pixels(drawing: &Drawing) -> (u32, u32) {
    let whole = |length: f64| (length * SCALE / SHRINK as f64).round() as u32 * SHRINK as u32;
    (whole(drawing.width), whole(drawing.height))
}

fn paint<DB: DrawingBackend>(
    drawing: &Drawing,
    area: &DrawingArea<DB, Shift>,
    letters: &Letters,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    area.fill(&WHITE)?;
    let place = |(x, y): (f64, f64)| ((x * SCALE).round() as i32, (y * SCALE).round() as i32);
    let rgba = |c: Color| RGBAColor(c.red, c.green, c.blue, c.alpha);
    for shape in &drawing.shapes {
        match shape {
            Shape::Path { points, color, width } => {
                let style = rgba(*color).stroke_width((width * SCALE).round().max(1.0) as u32);
                area.draw(&PathElement::new(points.iter().copied().map(place).collect::<Vec<_>>(), style))?;
            }
            Shape::Polygon { points, color } => {
                area.draw(&Polygon::new(points.iter().copied().map(place).collect::<Vec<_>>(), rgba(*color).filled()))?;
            }
            Shape::Disc { center, radius, color } => {
                area.draw(&Circle::new(place(*center), (radius * SCALE).round() as i32, rgba(*color).filled()))?;
            }
            Shape::Text { at, text, size, color, anchor, bold } => {
                let em = size * SCALE;
                let h_pos = match anchor {
                    Anchor::Start => HPos::Left,
                    Anchor::Middle => HPos::Center,
                    Anchor::End => HPos::Right,
                };
                let font = FontDesc::new(
                    FontFamily::Name(FAMILY),
                    em * letters.size_of_em,
                    if *bold { FontStyle::Bold } else { FontStyle::Normal },
                );
                let color = rgba(*color);
                let style = font.color(&color).pos(Pos::new(h_pos, VPos::Top));
                let (x, y) = place(*at);
                area.draw(&Text::new(text.as_str(), (x, y - (em * letters.baseline).round() as i32), style))?;
            }
        }
    }
    Ok(())
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
