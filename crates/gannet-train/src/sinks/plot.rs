//! `plot.svg`: losses and discriminator scores over the steps, each as a light raw line and a smoothed one.

use std::error::Error;
use std::path::{Path, PathBuf};

use gannet_weights::write_atomic;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::jsonl;
use super::spread::evenly;
use crate::events::{Event, Sink, SinkError, Step};

/// What is plotted: a scalar's group (the part before `/`) and the panel's title. Other groups are for TensorBoard.
const PANELS: [(&str, &str); 3] =
    [("loss", "Losses"), ("score", "Mean discriminator output"), ("metric", "Metrics of generated images")];
/// How the field writes some scalars.
const LABELS: [(&str, &str); 3] =
    [("score/real", "D(x)"), ("score/fake", "D(G(z)) before G's update"), ("score/fake_after", "D(G(z)) after it")];
/// Line colors that the color-blind can distinguish, readable on white and on near-black.
const COLORS: [RGBColor; 5] = [
    RGBColor(0x2b, 0x7b, 0xd6),
    RGBColor(0xe0, 0x6c, 0x00),
    RGBColor(0x0d, 0x9b, 0x7a),
    RGBColor(0xb3, 0x5c, 0xc4),
    RGBColor(0x8a, 0x8a, 0x3c),
];
/// Text, faint text and grid lines; the report recolors exactly these for dark mode.
const INK: RGBColor = RGBColor(0x1f, 0x29, 0x37);
const FAINT: RGBColor = RGBColor(0x6b, 0x72, 0x80);
const GRID: RGBColor = RGBColor(0xe5, 0xe7, 0xeb);
/// Size of a panel in pixels.
const PANEL: (u32, u32) = (960, 310);
/// Most points of a line.
const POINTS: usize = 1000;
/// The share of the raw values that must lie within the axis; the rest is clipped, lest one spike flatten all.
const SHOWN: f64 = 0.98;

/// Of a curve.
pub type Points = Vec<(f64, f64)>;
type Drawn = Result<(), Box<dyn Error>>;

/// Redraws `plot.svg` from the metrics at every checkpoint and at the end.
pub struct Plot {
    folder: PathBuf,
    score: String,
}

impl Plot {
    /// The plot of the run in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), score: String::new() }
    }
}

impl Sink for Plot {
    fn on(&mut self, event: &Event) -> Result<(), SinkError> {
        if let Event::Started(started) = event {
            self.score.clone_from(&started.score);
        }
        if !matches!(event, Event::Checkpoint { .. } | Event::Finished(_)) {
            return Ok(());
        }
        let steps = jsonl::read(&jsonl::metrics_path(&self.folder))?;
        let path = self.folder.join("plot.svg");
        write_atomic(&path, svg(&steps, &self.score)?.as_bytes()).map_err(SinkError::write(&path))
    }
}

/// The plot of these steps as SVG with a white ground; the same steps always give the same text. `score` says what the
/// discriminator's outputs are.
pub fn svg(steps: &[Step], score: &str) -> Result<String, SinkError> {
    let mut text = String::new();
    draw(&mut text, steps, score)
        .map_err(|error| SinkError::Damaged { path: "plot.svg".into(), what: format!("cannot be drawn: {error}") })?;
    Ok(text)
}

/// One panel with these curves over `x`, as SVG with a white ground.
pub fn chart(title: &str, x: &str, curves: &[(String, Points)]) -> Result<String, SinkError> {
    let colored = curves.iter().zip(COLORS.iter().cycle());
    let curves =
        colored.map(|((name, points), color)| Curve { name: name.clone(), color: *color, points: points.clone() });
    let curves: Vec<Curve> = curves.collect();
    let mut text = String::new();
    let drawn = (|| {
        let root = SVGBackend::with_string(&mut text, PANEL).into_drawing_area();
        root.fill(&WHITE)?;
        panel(&root, title, x, &curves)?;
        root.present()?;
        Ok::<(), Box<dyn Error>>(())
    })();
    drawn.map_err(|error| SinkError::Damaged { path: "plot.svg".into(), what: format!("cannot be drawn: {error}") })?;
    Ok(text)
}

fn draw(text: &mut String, steps: &[Step], score: &str) -> Drawn {
    let panels: Vec<_> = PANELS
        .iter()
        .map(|(group, title)| (*title, curves(steps, group)))
        .filter(|(_, curves)| !curves.is_empty())
        .collect();
    let rows = panels.len().max(1);
    let root = SVGBackend::with_string(text, (PANEL.0, PANEL.1 * rows as u32)).into_drawing_area();
    root.fill(&WHITE)?;
    if panels.is_empty() {
        root.draw(&label("no values yet", (PANEL.0 as i32 / 2, PANEL.1 as i32 / 2), HPos::Center, 16, FAINT))?;
    }
    for (area, (title, curves)) in root.split_evenly((rows, 1)).iter().zip(&panels) {
        let title =
            if *title == PANELS[1].1 && !score.is_empty() { format!("{title}: {score}") } else { (*title).to_owned() };
        panel(area, &title, "step", curves)?;
    }
    root.present()?;
    Ok(())
}

/// A named line, all its finite values.
struct Curve {
    name: String,
    color: RGBColor,
    points: Points,
}

/// The curves of `group` in the order in which they first appear.
fn curves(steps: &[Step], group: &str) -> Vec<Curve> {
    let mut curves: Vec<Curve> = Vec::new();
    for step in steps {
        let of_group = |name: &str| name.split_once('/').is_some_and(|(head, _)| head == group);
        for (name, value) in step.scalars.iter().filter(|(name, value)| of_group(name) && value.is_finite()) {
            let point = (step.step as f64, *value);
            match curves.iter_mut().find(|curve| curve.name == *name) {
                Some(curve) => curve.points.push(point),
                None => {
                    let color = COLORS[curves.len() % COLORS.len()];
                    curves.push(Curve { name: name.clone(), color, points: vec![point] });
                }
            }
        }
    }
    curves
}

/// A title line with the legend, and below it axes and curves.
fn panel<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, title: &str, x: &str, curves: &[Curve]) -> Drawn
where
    DB::ErrorType: 'static,
{
    area.draw(&label(title, (20, 24), HPos::Left, 18, INK))?;
    legend(area, curves)?;
    let steps = span(curves.iter().flat_map(|curve| &curve.points).map(|point| point.0), 0.0);
    let values = value_span(curves);
    let mut chart = ChartBuilder::on(area)
        .margin_top(42)
        .margin_right(24)
        .margin_bottom(6)
        .margin_left(12)
        .x_label_area_size(42)
        .y_label_area_size(52)
        .build_cartesian_2d(steps.0..steps.1, values.0..values.1)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style(("sans-serif", 14).into_font().color(&FAINT))
        .x_desc(x)
        .axis_desc_style(("sans-serif", 14).into_font().color(&FAINT))
        .x_labels(8)
        .y_labels(6)
        .x_label_formatter(&|step| short(*step))
        .y_label_formatter(&|value| short(*value))
        .draw()?;
    for curve in curves {
        chart.draw_series(LineSeries::new(thin(&clipped(curve, values)), curve.color.mix(0.25)))?;
    }
    for curve in curves {
        chart.draw_series(LineSeries::new(smooth(&clipped(curve, values)), curve.color.stroke_width(2)))?;
    }
    Ok(())
}

/// Names of the curves from the right end of the title line leftwards.
fn legend<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, curves: &[Curve]) -> Drawn
where
    DB::ErrorType: 'static,
{
    let mut left = area.dim_in_pixel().0 as i32 - 24;
    for curve in curves.iter().rev() {
        let name = LABELS.iter().find(|(name, _)| *name == curve.name).map(|(_, label)| *label);
        let name = name.unwrap_or_else(|| curve.name.split_once('/').map_or(curve.name.as_str(), |(_, tail)| tail));
        // SVG text is measured by the viewer; this is a sans-serif's width, rather wide than narrow.
        left -= (name.chars().count() as f64 * 6.4) as i32 + 28;
        area.draw(&PathElement::new(vec![(left, 24), (left + 20, 24)], curve.color.stroke_width(3)))?;
        area.draw(&label(name, (left + 27, 24), HPos::Left, 14, FAINT))?;
        left -= 20;
    }
    Ok(())
}

fn label(text: &str, at: (i32, i32), side: HPos, size: i32, color: RGBColor) -> Text<'_, (i32, i32), &str> {
    Text::new(text, at, ("sans-serif", size).into_font().color(&color).pos(Pos::new(side, VPos::Center)))
}

/// Smallest and largest of `values`, widened by `margin` of their distance; never empty.
fn span(values: impl Iterator<Item = f64>, margin: f64) -> (f64, f64) {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return (0.0, 1.0);
    }
    let margin = (high - low) * margin;
    if high - low > 1e-9 * low.abs().max(1e-9) {
        return (low - margin, high + margin);
    }
    let around = 0.5 * low.abs().max(1e-3);
    (low - around, high + around)
}

/// The axis that shows [`SHOWN`] of all raw values.
fn value_span(curves: &[Curve]) -> (f64, f64) {
    let mut values: Vec<f64> = curves.iter().flat_map(|curve| &curve.points).map(|point| point.1).collect();
    values.sort_by(f64::total_cmp);
    let cut = (values.len() as f64 * (1.0 - SHOWN) / 2.0) as usize;
    span(values[cut..values.len() - cut].iter().copied(), 0.05)
}

/// The curve within the axis. It is smoothed only then, lest one spike drag the average far behind it.
fn clipped(curve: &Curve, (low, high): (f64, f64)) -> Points {
    curve.points.iter().map(|(step, value)| (*step, value.clamp(low, high))).collect()
}

/// At most [`POINTS`] points: the lowest and the highest of each stretch, so that spikes survive.
fn thin(points: &[(f64, f64)]) -> Points {
    if points.len() <= POINTS {
        return points.to_vec();
    }
    let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
    let extremes = |stretch: &[(f64, f64)]| {
        let (low, high) = (*stretch.iter().min_by(by_value)?, *stretch.iter().max_by(by_value)?);
        Some(if low.0 <= high.0 { [low, high] } else { [high, low] })
    };
    points.chunks(points.len().div_ceil(POINTS / 2)).filter_map(extremes).flatten().collect()
}

/// An exponential moving average over about a fiftieth of the run, corrected for its start from nothing, at most
/// [`POINTS`] points.
fn smooth(points: &[(f64, f64)]) -> Points {
    let rate = (50.0 / points.len().max(1) as f64).min(1.0);
    let (mut sum, mut weight) = (0.0, 0.0);
    let averaged = points.iter().map(|(step, value)| {
        sum += rate * (value - sum);
        weight += rate * (1.0 - weight);
        (*step, sum / weight)
    });
    let averaged: Points = averaged.collect();
    evenly(averaged.len(), POINTS).into_iter().map(|index| averaged[index]).collect()
}

/// A number on an axis: `0.25`, `1500`, `20k`, `1.5M`.
fn short(value: f64) -> String {
    let trimmed = |value: f64, digits: usize| {
        let text = format!("{value:.digits$}");
        let text = if digits > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        if text == "-0" { "0".to_owned() } else { text.to_owned() }
    };
    match value.abs() {
        0.0..1e-9 => "0".to_owned(),
        ..1e-3 | 1e9.. => format!("{value:.1e}"),
        1e6.. => trimmed(value / 1e6, 2) + "M",
        1e4.. => trimmed(value / 1e3, 1) + "k",
        100.0.. => trimmed(value, 0),
        _ => trimmed(value, 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(count: u64) -> Vec<Step> {
        let scalars = |step: u64| {
            let value = (step as f64 / 100.0).sin();
            vec![("loss/generator".into(), value), ("score/real".into(), 0.5), ("grad/generator".into(), 9.0)]
        };
        (1..=count).map(|step| Step { step, scalars: scalars(step), ..Step::default() }).collect()
    }

    #[test]
    fn the_plot_has_a_panel_for_each_group_with_its_names() {
        let svg = svg(&steps(300), "the raw score").unwrap();
        assert!(svg.contains("the raw score"));
        for text in ["Losses", "generator", "Mean discriminator output", "D(x)"] {
            assert!(svg.contains(text), "{text} is missing");
        }
        assert!(svg.matches("<polyline").count() >= 4, "a raw and a smoothed line for each of two scalars");
        assert!(svg.contains(r#"width="960" height="620""#) && svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn every_history_can_be_drawn() {
        let one = |value: f64| vec![Step { step: 1, scalars: vec![("loss/a".into(), value)], ..Step::default() }];
        for history in [vec![], one(f64::NAN), one(0.0), one(1e300), one(-3.0), steps(2)] {
            svg(&history, "").unwrap();
        }
    }

    #[test]
    fn long_lines_are_thinned_and_keep_their_spikes() {
        let mut points: Points = (0..100_000).map(|i| (f64::from(i), 0.0)).collect();
        points[77_777].1 = 5.0;
        let thinned = thin(&points);
        assert!(thinned.len() <= POINTS && thinned.contains(&(77_777.0, 5.0)));
        assert!(thinned.is_sorted_by(|a, b| a.0 <= b.0));
        assert_eq!(smooth(&points).len(), POINTS);
    }

    #[test]
    fn the_average_of_a_constant_is_the_constant() {
        let points: Points = (0..500).map(|i| (f64::from(i), 2.0)).collect();
        assert!(smooth(&points).iter().all(|point| (point.1 - 2.0).abs() < 1e-12));
    }

    #[test]
    fn one_spike_does_not_flatten_the_rest() {
        let mut steps = steps(1000);
        steps[0].scalars[0].1 = 1e6;
        assert!(value_span(&curves(&steps, "loss")).1 < 1.2);
    }

    #[test]
    fn numbers_on_axes_are_short() {
        let cases = [(0.0, "0"), (0.25, "0.25"), (-1.5, "-1.5"), (1500.0, "1500"), (20_000.0, "20k"), (2.5e6, "2.5M")];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }
}
