//! Colours that colour-blind readers can tell apart (Okabe and Ito 2008), each with a mark of its own, so that figures
//! can be read in grey too.

#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Color {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
    pub alpha: f64,
}

impl Color {
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, alpha: 1.0 }
    }

    /// As plotters-svg writes it: `#0072B2`.
    pub fn hex(self) -> String {
        format!("#{:02X}{:02X}{:02X}", self.red, self.green, self.blue)
    }

    pub const fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }
}

pub(in crate::report) const INK: Color = Color::new(0x1a, 0x1a, 0x1a);
pub(in crate::report) const MUTED: Color = Color::new(0x59, 0x59, 0x59);
pub(in crate::report) const GRID: Color = Color::new(0xdd, 0xdd, 0xdd);

/// The page's style sheet sets these three for a light and a dark ground.
pub(in crate::report) const PAGE_INKS: [(Color, &str); 3] = [(INK, "var(--ink)"), (MUTED, "var(--muted)"), (GRID, "var(--grid)")];

pub(in crate::report) const BLUE: Color = Color::new(0x00, 0x72, 0xb2);
pub(in crate::report) const VERMILLION: Color = Color::new(0xd5, 0x5e, 0x00);
pub(in crate::report) const GREEN: Color = Color::new(0x00, 0x9e, 0x73);
pub(in crate::report) const ORANGE: Color = Color::new(0xe6, 0x9f, 0x00);
pub(in crate::report) const SKY: Color = Color::new(0x56, 0xb4, 0xe9);
pub(in crate::report) const PURPLE: Color = Color::new(0xcc, 0x79, 0xa7);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Mark {
    Disc,
    Square,
    Triangle,
    Diamond,
    Ring,
    Cross,
}

/// Colour and mark of the n-th series.
pub(in crate::report) const SERIES: [(Color, Mark); 6] = [
    (BLUE, Mark::Disc),
    (VERMILLION, Mark::Square),
    (GREEN, Mark::Triangle),
    (ORANGE, Mark::Diamond),
    (PURPLE, Mark::Ring),
    (SKY, Mark::Cross),
];
