//! Just enough SVG for a picture of lines, bars and words.

use std::fmt::Write;

/// A drawing in the making.
pub(super) struct Svg {
    text: String,
}

/// Where a text stands on its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

impl Svg {
    /// An empty drawing on white.
    pub(super) fn new(width: u32, height: u32) -> Self {
        let mut svg = Self { text: String::new() };
        svg.push(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             font-family=\"'Noto Sans', 'DejaVu Sans', Arial, sans-serif\" fill=\"#222\">"
        ));
        svg.push(format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>"));
        svg
    }

    /// The finished text.
    pub(super) fn finish(mut self) -> String {
        self.push(format_args!("</svg>"));
        self.text
    }

    /// A straight line; `dash` is a pattern, or empty.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, dash: &str) {
        self.push(format_args!(
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" stroke-dasharray=\"{dash}\"/>",
            from.0, from.1, to.0, to.1
        ));
    }

    /// A line through points.
    pub(super) fn path(&mut self, points: &[(f64, f64)], colour: &str, width: f64) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.push(format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"/>",
            points.join(" ")
        ));
    }

    /// A filled rectangle.
    pub(super) fn bar(&mut self, corner: (f64, f64), size: (f64, f64), colour: &str) {
        self.push(format_args!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
            corner.0, corner.1, size.0, size.1
        ));
    }

    /// Words.
    pub(super) fn words(&mut self, at: (f64, f64), size: u32, anchor: Anchor, words: &str) {
        self.push(format_args!(
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size}\" text-anchor=\"{}\">{}</text>",
            at.0,
            at.1,
            anchor.as_str(),
            escaped(words)
        ));
    }

    /// Words from below upwards, in the middle of their point.
    pub(super) fn words_upwards(&mut self, at: (f64, f64), size: u32, words: &str) {
        self.push(format_args!(
            "<text transform=\"translate({:.1} {:.1}) rotate(-90)\" font-size=\"{size}\" text-anchor=\"middle\">{}</text>",
            at.0,
            at.1,
            escaped(words)
        ));
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.text, "{element}");
    }
}

fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_become_marks() {
        let mut svg = Svg::new(10, 10);
        svg.words((1.0, 2.0), 12, Anchor::End, "a < b & <c/>");
        let text = svg.finish();
        assert!(text.contains(">a &lt; b &amp; &lt;c/&gt;</text>"), "{text}");
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"), "{text}");
    }
}
