//! The cost against the number of pings, drawn.

use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 110.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 50.0;
const COLOURS: [&str; 4] = ["#0b6e4f", "#1d4e89", "#b5651d", "#7b2d8b"];

/// An SVG with a line for each work, milliseconds upwards, pings to the right in powers of ten.
pub(crate) fn draw(sizes: &[u64], curves: &[(&str, [f64; 3])]) -> String {
    let most = curves
        .iter()
        .flat_map(|(_, medians)| medians)
        .fold(1.0_f64, |most, median| most.max(*median));
    let top = (most * 1.25).ceil();
    let x = |size: u64| LEFT + ((size as f64).log10() - 2.0) / 4.0 * (WIDTH - LEFT - RIGHT);
    let y = |median: f64| HEIGHT - BOTTOM - median / top * (HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>What a request costs by the number of pings</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let steps = top.min(8.0);
    for step in 0..=steps as u32 {
        let value = top / steps * f64::from(step);
        let at = y(value);
        writeln!(
            svg,
            "<path d=\"M{LEFT} {at:.1}H{:.1}\" stroke=\"#ddd\"/>",
            WIDTH - RIGHT
        )
        .unwrap();
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value:.1}</text>",
            LEFT - 8.0,
            at + 4.0
        )
        .unwrap();
    }
    for size in sizes {
        let label = (*size as f64).log10();
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">10<tspan dy=\"-5\" font-size=\"9\">{label:.0}</tspan></text>",
            x(*size),
            HEIGHT - BOTTOM + 20.0
        )
        .unwrap();
    }
    writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">pings in the id</text>",
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 10.0
    )
    .unwrap();
    writeln!(svg, "<text transform=\"translate(16 {:.1}) rotate(-90)\" text-anchor=\"middle\">ms, median</text>", (TOP + HEIGHT - BOTTOM) / 2.0).unwrap();
    // Names beside the ends of the lines, pushed apart where they would overlap.
    let mut ends: Vec<(usize, f64)> = curves
        .iter()
        .enumerate()
        .map(|(at, (_, medians))| (at, y(medians[2])))
        .collect();
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    for next in 1..ends.len() {
        ends[next].1 = ends[next].1.max(ends[next - 1].1 + 15.0);
    }
    for (at, label) in ends {
        let (name, medians) = curves[at];
        let colour = COLOURS[at % COLOURS.len()];
        let points: Vec<String> = sizes
            .iter()
            .zip(medians)
            .map(|(size, median)| format!("{:.1},{:.1}", x(*size), y(median)))
            .collect();
        writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        )
        .unwrap();
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>",
            WIDTH - RIGHT + 8.0,
            label + 4.0
        )
        .unwrap();
    }
    svg.push_str("</svg>\n");
    svg
}
