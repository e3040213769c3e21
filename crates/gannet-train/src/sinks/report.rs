//! `report.html`: a run on one page that needs nothing else, neither network nor other files.

use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use gannet_weights::{read_text, write_atomic};
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;

use super::spread::evenly;
use super::{film, jsonl, plot};
use crate::events::{Event, Finished, Sink, SinkError, Started, Step, duration};
use gannet_recipe::quote;

const STYLE: &str = include_str!("report.css");
/// Most grids in the row over time.
const OVER_TIME: usize = 8;
/// Longest side in pixels of a grid over time, and of the last one.
const SIDES: (u32, u32) = (512, 1024);
/// Largest film that is put into the page, in bytes.
const FILM_BYTES: usize = 16 << 20;
/// Logged steps over which the table averages.
const RECENT: usize = 100;
/// Warnings that are listed; more are only counted.
const WARNINGS: usize = 20;

/// The state of a run that came to its last step.
const FINISHED: &str = "finished";

/// Rewrites `report.html` from the run's folder at every checkpoint and at the end.
pub struct Report {
    folder: PathBuf,
    started: Started,
    findings: Vec<(u64, String)>,
    warnings: Vec<(u64, String)>,
    more_warnings: usize,
}

impl Report {
    /// The report of the run in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            started: Started::default(),
            findings: Vec::new(),
            warnings: Vec::new(),
            more_warnings: 0,
        }
    }

    fn write(&self, step: u64, end: Option<&Finished>) -> Result<(), SinkError> {
        let path = report_path(&self.folder);
        write_atomic(&path, self.page(step, end)?.as_bytes()).map_err(SinkError::write(&path))
    }

    /// The page after `step` steps; `end` if training is over.
    fn page(&self, step: u64, end: Option<&Finished>) -> Result<String, SinkError> {
        let steps = jsonl::read(&jsonl::metrics_path(&self.folder))?;
        let name = escape(&self.started.run);
        let parts = [
            self.header(step, end),
            self.samples(step)?,
            self.doctor(),
            section("Curves", &plot::svg(&steps, &self.started.score)?),
            format!(r#"<div class="pair">{}{}</div>"#, self.facts(step, &steps), recent(&steps)),
            section("Recipe", &format!("<pre>{}</pre>", escape(self.started.recipe_toml.trim()))),
            self.warnings(),
            self.commands(step),
        ];
        Ok(format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{name} · Gannet</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{}\n\
             <footer>Written by Gannet {}.</footer>\n</body>\n</html>\n",
            parts.concat(),
            env!("CARGO_PKG_VERSION"),
        ))
    }

    fn header(&self, step: u64, end: Option<&Finished>) -> String {
        let state = match end {
            Some(end) if end.interrupted => "interrupted",
            Some(_) => FINISHED,
            None => "in training",
        };
        let sentence = end.map_or_else(|| format!("at step {}", thousands(step)), ToString::to_string);
        let about = [&self.started.task, &self.started.data, &sentence].map(|text| escape(text));
        let about: Vec<_> = about.into_iter().filter(|text| !text.is_empty()).collect();
        format!(
            "<header><h1>{}</h1>{}<p>{}</p></header>\n",
            escape(&self.started.run),
            state_badge(state),
            about.join(" · ")
        )
    }

    fn facts(&self, step: u64, steps: &[Step]) -> String {
        let started = &self.started;
        let last = steps.last().cloned().unwrap_or_default();
        let done = format!("{} of {}", thousands(step), thousands(started.steps));
        let mut rows = vec![
            ("Steps", done),
            ("Images shown", format!("{:.1} kimg", last.kimg)),
            ("Training time", duration(last.seconds)),
            ("Speed", format!("{:.1} images/s (median)", median_speed(steps))),
            ("Device", started.device.clone()),
            ("Data", started.data.clone()),
        ];
        for (network, count) in &started.parameters {
            rows.push((network, format!("{} parameters", thousands(*count as u64))));
        }
        let row = |(name, value): &(&str, String)| {
            let (name, value) = (escape(name), escape(value));
            format!("<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>\n")
        };
        let rows: String = rows.iter().filter(|(_, value)| !value.is_empty()).map(row).collect();
        section("Facts", &format!("<table>\n{rows}</table>"))
    }

    /// The last grid and the film, and grids over time.
    fn samples(&self, step: u64) -> Result<String, SinkError> {
        let samples = film::samples(&self.folder, step)?;
        let Some((number, path)) = samples.last() else { return Ok(String::new()) };
        let last = picture(path, SIDES.1, "last", &format!("samples after step {}", thousands(*number)))?;
        let mut html = section("Samples", &last);
        if let Some(film) = self.film()? {
            html = format!("<div class=\"pair\">{html}{}</div>\n", section("From first to last", &film));
        }
        if samples.len() > 1 {
            let chosen = evenly(samples.len(), OVER_TIME).into_iter().map(|index| &samples[index]);
            let grids: Result<Vec<_>, _> = chosen
                .map(|(number, path)| picture(path, SIDES.0, "grid", &format!("step {}", thousands(*number))))
                .collect();
            html += &section("Samples over time", &format!("<div class=\"over-time\">{}</div>", grids?.concat()));
        }
        Ok(html)
    }

    /// The film, unless there is none yet or it is too large for a page.
    fn film(&self) -> Result<Option<String>, SinkError> {
        let path = film::film_path(&self.folder);
        if !path.exists() {
            return Ok(None);
        }
        let film = std::fs::read(&path).map_err(SinkError::read(&path))?;
        let html = if film.len() <= FILM_BYTES {
            figure(&data_uri("gif", &film), "last", "film.gif")
        } else {
            "<p class=\"note\">film.gif in the run's folder is too large for this page.</p>".to_owned()
        };
        Ok(Some(html))
    }

    fn doctor(&self) -> String {
        if self.findings.is_empty() {
            return String::new();
        }
        let item = |(step, text): &(u64, String)| format!("<li>step {}: {}</li>\n", thousands(*step), escape(text));
        let items: String = self.findings.iter().map(item).collect();
        section("Doctor", &format!("<ul class=\"warnings\">\n{items}</ul>"))
    }

    fn warnings(&self) -> String {
        if self.warnings.is_empty() {
            return String::new();
        }
        let item = |(step, text): &(u64, String)| format!("<li>step {}: {}</li>\n", thousands(*step), escape(text));
        let mut items: String = self.warnings.iter().map(item).collect();
        if self.more_warnings > 0 {
            items += &format!("<li>and {} more</li>\n", self.more_warnings);
        }
        section("Warnings", &format!("<ul class=\"warnings\">\n{items}</ul>"))
    }

    fn commands(&self, step: u64) -> String {
        let run = quote(&self.folder);
        let mut lines = vec![self.started.usage.clone()];
        if step < self.started.steps {
            lines.insert(0, format!("gannet resume {run}"));
        }
        lines.push(format!("tensorboard --logdir {run}"));
        section("Go on", &format!("<pre>{}</pre>", escape(&lines.join("\n"))))
    }
}

/// Whether the report of the run in `folder` was written at its end. It is the last file that a run writes.
pub fn is_finished(folder: &Path) -> bool {
    let page = read_text(&report_path(folder)).unwrap_or_default();
    page.contains(&state_badge(FINISHED))
}

impl Sink for Report {
    fn on(&mut self, event: &Event) -> Result<(), SinkError> {
        match event {
            Event::Started(started) => self.started = started.clone(),
            Event::Diagnosis { step, diagnosis } => self.findings.push((*step, diagnosis.to_string())),
            Event::RolledBack { from, to, times, most } => {
                let text = format!("rolled back to step {to} with half the learning rate ({times} of {most} times)");
                self.findings.push((*from, text));
            }
            Event::Warning { step, text } if self.warnings.len() < WARNINGS => {
                self.warnings.push((*step, text.clone()));
            }
            Event::Warning { .. } => self.more_warnings += 1,
            Event::Checkpoint { step, .. } => return self.write(*step, None),
            Event::Finished(end) => return self.write(end.step, Some(end)),
            Event::Step(_) | Event::Samples { .. } | Event::Saving { .. } => {}
        }
        Ok(())
    }
}

fn section(title: &str, content: &str) -> String {
    format!("<section><h2>{title}</h2>\n{content}\n</section>\n")
}

/// The last value and the recent mean of every scalar.
fn recent(steps: &[Step]) -> String {
    let Some(last) = steps.last() else { return String::new() };
    let recent = &steps[steps.len().saturating_sub(RECENT)..];
    let row = |(name, value): &(String, f64)| {
        let values: Vec<f64> = recent.iter().filter_map(|step| step.scalar(name)).collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        format!("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n", escape(name), four(*value), four(mean))
    };
    let rows: String = last.scalars.iter().map(row).collect();
    let head = format!(
        "<thead><tr><th scope=\"col\">at step {}</th><th scope=\"col\">last</th>\
         <th scope=\"col\">mean of last {}</th></tr></thead>",
        thousands(last.step),
        recent.len()
    );
    section("Values", &format!("<table class=\"numbers\">\n{head}\n<tbody>\n{rows}</tbody></table>"))
}

fn median_speed(steps: &[Step]) -> f64 {
    let mut speeds: Vec<f64> = steps.iter().map(|step| step.images_per_second).collect();
    speeds.sort_by(f64::total_cmp);
    speeds.get(speeds.len() / 2).copied().unwrap_or(0.0)
}

/// A saved grid as a figure, shrunk if a side is longer than `side` pixels.
fn picture(path: &Path, side: u32, class: &str, caption: &str) -> Result<String, SinkError> {
    let picture = film::open(path)?;
    if picture.width().max(picture.height()) <= side {
        let png = std::fs::read(path).map_err(SinkError::read(path))?;
        return Ok(figure(&data_uri("png", &png), class, caption));
    }
    let mut png = Vec::new();
    picture
        .resize(side, side, FilterType::CatmullRom)
        .write_with_encoder(PngEncoder::new(&mut png))
        .map_err(|error| SinkError::Damaged { path: path.to_owned(), what: error.to_string() })?;
    Ok(figure(&data_uri("png", &png), class, caption))
}

fn report_path(folder: &Path) -> PathBuf {
    folder.join("report.html")
}

fn state_badge(state: &str) -> String {
    format!("<span class=\"state {state}\">{state}</span>")
}

fn figure(source: &str, class: &str, caption: &str) -> String {
    let image = format!("<img class=\"{class}\" src=\"{source}\" alt=\"{caption}\">");
    format!("<figure>{image}<figcaption>{caption}</figcaption></figure>\n")
}

fn data_uri(kind: &str, bytes: &[u8]) -> String {
    format!("data:image/{kind};base64,{}", BASE64_STANDARD.encode(bytes))
}

/// Text as HTML, safe in content and in quoted attributes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Four significant digits, or as many as a large number has before the point.
fn four(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() || size == 0.0 {
        return format!("{value}");
    }
    if !(1e-4..1e7).contains(&size) {
        return format!("{value:.3e}");
    }
    format!("{value:.*}", (3 - size.log10().floor() as i32).clamp(0, 7) as usize)
}

/// `1234567` as `1 234 567`, with spaces that do not break.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::Sinks;
    use gannet_apply::image_grid::ImageGrid;

    fn report(run: &str, samples: u64, interrupted: bool) -> String {
        let folder = tempfile::tempdir().unwrap();
        let (mut sinks, _) = Sinks::of_run(folder.path(), 0).unwrap();
        let started = Started {
            run: run.into(),
            task: "generation".into(),
            recipe_toml: "[loss]\nkind = \"least-squares\"".into(),
            parameters: vec![("generator".into(), 1_234_567)],
            steps: 2000,
            usage: "gannet sample r -n 64".into(),
            ..Started::default()
        };
        sinks.on(&Event::Started(started)).unwrap();
        sinks.on(&Event::Warning { step: 0, text: "cat.jpg is <broken>".into() }).unwrap();
        for step in 1..=samples {
            let scalars = vec![("loss/generator".into(), 0.125 * step as f64)];
            sinks.on(&Event::Step(Step { step, scalars, ..Step::default() })).unwrap();
            let (grid, path) =
                (ImageGrid::from_images(&[0.0; 4], 1, 1, 2, 2, 1), film::sample_path(folder.path(), step));
            sinks.on(&Event::Samples { step, grid, path }).unwrap();
        }
        sinks.on(&Event::Finished(Finished { step: samples, seconds: 90.0, interrupted })).unwrap();
        std::fs::read_to_string(folder.path().join("report.html")).unwrap()
    }

    #[test]
    fn the_page_shows_the_run_and_needs_nothing_else() {
        let page = report("toy", 12, true);
        for text in [
            "interrupted at step 12 after 1 min 30 s",
            "1\u{202f}234\u{202f}567 parameters",
            "kind = &quot;least-squares&quot;",
            "cat.jpg is &lt;broken&gt;",
            "gannet resume ",
            "<svg",
            "data:image/gif;base64,R0lGOD",
        ] {
            assert!(page.contains(text), "{text} is missing");
        }
        assert_eq!(page.matches("data:image/png;base64,iVBOR").count(), 1 + OVER_TIME);
        let outside = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains("http") && !outside.contains("url(") && !outside.contains("src=\"f"));
    }

    #[test]
    fn names_cannot_break_out_of_the_page() {
        let page = report("<script>alert(1)</script>", 0, false);
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"));
    }

    #[test]
    fn numbers_have_four_digits() {
        for (value, text) in [(0.12345, "0.1235"), (12.3456, "12.35"), (123_456.7, "123457"), (1.23456e-9, "1.235e-9")]
        {
            assert_eq!(four(value), text);
        }
        assert_eq!(four(f64::NAN), "NaN");
    }
}
