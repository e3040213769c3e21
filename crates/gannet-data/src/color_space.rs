//! Color spaces of images other than sRGB: ICC profiles, and what PNG says in their place.
//!
//! Networks and metrics take sRGB. A color space that is a tone curve for each channel and a matrix, as those of cameras, phones
//! and screens are, is converted exactly and can be converted back.

use std::fmt;
use std::sync::OnceLock;

use gannet_formats::png_header::PngColors;
use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, MatrixCoefficients,
    ToneReprCurve, TransferCharacteristics,
};

use crate::depth::Depth;

/// The largest difference from sRGB, in the range from black to white, of a color space that is taken for sRGB itself. Profiles
/// called sRGB differ by less than this.
const NEGLIGIBLE: f32 = 1.5 / 255.0;
/// The gamma of sRGB as PNG writes it, and how far a gamma may be from it and still mean sRGB's curve.
const PNG_GAMMA: f32 = 0.454_55;
const SAME_GAMMA: f32 = 0.02;
/// Linear values below this are 12.92 times as large in sRGB.
const SRGB_LINEAR: f32 = 0.003_130_8;

type Matrix = [[f32; 3]; 3];

/// A color space whose numbers can be converted to sRGB and back.
pub struct ColorSpace {
    icc: Vec<u8>,
    /// the tone curve of gray, or those of red, green and blue: from values to linear light
    curves: Vec<ToneReprCurve>,
    /// from linear values to those of sRGB, and back
    to_srgb: Matrix,
    from_srgb: Matrix,
}

/// The linear light of each value of a channel, at one bit depth.
struct Tables(Vec<Vec<f32>>);

impl ColorSpace {
    /// The color space of an ICC profile for images of `colors` channels, 1 or 3; `None` if it is sRGB.
    ///
    /// # Errors
    /// Why the profile cannot be used, as the end of a sentence.
    pub(crate) fn from_icc(icc: Vec<u8>, colors: usize) -> Result<Option<Self>, String> {
        let profile = ColorProfile::new_from_slice(&icc).map_err(|_| "it is damaged".to_owned())?;
        Self::from_profile(&profile, icc, colors)
    }

    /// The color space that the chunks of a PNG state, for images of `colors` channels; `None` if it is sRGB.
    ///
    /// # Errors
    /// Why they cannot be used, as the end of a sentence.
    pub(crate) fn from_png(png: &PngColors, colors: usize) -> Result<Option<Self>, String> {
        let profile = match (png.cicp, png.srgb) {
            (Some(cicp), _) => Some(cicp_profile(cicp)?),
            (None, true) => None,
            (None, false) => gamma_profile(png, colors)?,
        };
        let Some(profile) = profile else { return Ok(None) };
        let icc = profile.encode().map_err(|_| "its numbers make no profile".to_owned())?;
        Self::from_profile(&profile, icc, colors)
    }

    fn from_profile(profile: &ColorProfile, icc: Vec<u8>, colors: usize) -> Result<Option<Self>, String> {
        use TransferCharacteristics::{Hlg, Smpte2084};
        if profile.cicp.is_some_and(|cicp| matches!(cicp.transfer_characteristics, Hlg | Smpte2084)) {
            return Err("it is for high dynamic range".to_owned());
        }
        let curves = match (profile.color_space, colors) {
            (DataColorSpace::Gray, 1) if profile.pcs == DataColorSpace::Xyz => vec![profile.gray_trc.clone()],
            (DataColorSpace::Rgb, 3) if profile.is_matrix_shaper() => {
                vec![profile.red_trc.clone(), profile.green_trc.clone(), profile.blue_trc.clone()]
            }
            (DataColorSpace::Gray, 1) | (DataColorSpace::Rgb, 3) => {
                return Err("it is a table of colors in place of curves and a matrix".to_owned());
            }
            // An RGB picture that was saved as gray keeps its profile, whose curves are those of gray.
            (DataColorSpace::Rgb, 1) if profile.is_matrix_shaper() => vec![profile.green_trc.clone()],
            (space, _) => {
                let kind = if colors == 1 { "gray" } else { "RGB" };
                return Err(format!("it is for {} images, and this one is {kind}", space_name(space)));
            }
        };
        let curves: Option<Vec<ToneReprCurve>> = curves.into_iter().collect();
        let curves = curves.ok_or_else(|| "it has no tone curve".to_owned())?;
        let [to_srgb, from_srgb] = if curves.len() == 1 { [IDENTITY; 2] } else { matrices(profile)? };
        let space = Self { icc, curves, to_srgb, from_srgb };
        Ok(if space.differs_from_srgb()? { Some(space) } else { None })
    }

    /// The ICC profile.
    pub fn icc(&self) -> &[u8] {
        &self.icc
    }

    /// Whether colors differ from those that the same numbers have in sRGB.
    ///
    /// # Errors
    /// A curve cannot be evaluated, or falls.
    fn differs_from_srgb(&self) -> Result<bool, String> {
        let tables = self.checked_tables::<u8>()?;
        let steps = || (0..=u8::MAX).step_by(51);
        let channels = self.curves.len();
        let colors = steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b])));
        let grays = (0..=u8::MAX).map(|value| [value; 3]);
        let differs = |color: [u8; 3]| {
            let srgb = self.encoded_srgb(&tables, &color[..channels]);
            srgb.iter().zip(color).any(|(srgb, own)| (srgb.clamp(0.0, 1.0) - own.share()).abs() > NEGLIGIBLE)
        };
        Ok(colors.chain(grays).any(differs))
    }

    fn checked_tables<T: Depth>(&self) -> Result<Tables, String> {
        let tables = self.tables::<T>();
        let rises = |table: &Vec<f32>| table.windows(2).all(|pair| pair[0] <= pair[1]);
        let whole = |table: &Vec<f32>| table.iter().all(|value| value.is_finite()) && rises(table);
        if tables.0.iter().all(whole) { Ok(tables) } else { Err("its tone curve does not rise".to_owned()) }
    }

    fn tables<T: Depth>(&self) -> Tables {
        let table = |curve: &ToneReprCurve| {
            let evaluator = curve.make_linear_evaluator();
            let linear = |value: usize| {
                let share = value as f32 / T::MOST as f32;
                evaluator.as_ref().map_or(f32::NAN, |evaluator| evaluator.evaluate_value(share))
            };
            (0..=T::MOST).map(linear).collect()
        };
        Tables(self.curves.iter().map(table).collect())
    }

    /// The linear color in sRGB's primaries, beyond `[0, 1]` where it is outside the gamut; gray has three equal values.
    fn linear_srgb<T: Depth>(&self, tables: &Tables, own: &[T]) -> [f32; 3] {
        let linear = |channel: usize| tables.0[channel][own[channel].index()];
        match tables.0.len() {
            1 => [linear(0); 3],
            _ => multiplied(&self.to_srgb, [linear(0), linear(1), linear(2)]),
        }
    }

    /// The color in sRGB, beyond `[0, 1]` where it is outside the gamut.
    fn encoded_srgb<T: Depth>(&self, tables: &Tables, own: &[T]) -> [f32; 3] {
        self.linear_srgb(tables, own).map(encode_srgb)
    }

    /// Interleaved values of `channels` channels as sRGB, not clipped, so that no color is lost; alpha stays.
    pub(crate) fn to_srgb<T: Depth>(&self, values: &[T], channels: usize) -> Vec<f32> {
        let (tables, colors) = (self.tables::<T>(), self.curves.len());
        let mut converted = Vec::with_capacity(values.len());
        for pixel in values.chunks_exact(channels) {
            converted.extend_from_slice(&self.encoded_srgb(&tables, &pixel[..colors])[..colors]);
            converted.extend(pixel[colors..].iter().map(|alpha| alpha.share()));
        }
        converted
    }

    /// Converts interleaved values in place to sRGB; colors outside its gamut are clipped.
    pub(crate) fn clip_to_srgb<T: Depth>(&self, values: &mut [T], channels: usize) {
        let (tables, colors) = (self.tables::<T>(), self.curves.len());
        for pixel in values.chunks_exact_mut(channels) {
            let linear = self.linear_srgb(&tables, &pixel[..colors]);
            pixel
                .iter_mut()
                .zip(linear)
                .take(colors)
                .for_each(|(value, linear)| *value = T::rounded(clipped_srgb(linear)));
        }
    }

    /// The inverse of [`ColorSpace::to_srgb`], rounded to a bit depth.
    pub(crate) fn stored_values<T: Depth>(&self, srgb: &[f32], channels: usize) -> Vec<T> {
        let (tables, colors) = (self.tables::<T>(), self.curves.len());
        let mut stored = Vec::with_capacity(srgb.len());
        for pixel in srgb.chunks_exact(channels) {
            let linear = match colors {
                1 => [decode_srgb(pixel[0]); 3],
                _ => multiplied(&self.from_srgb, [pixel[0], pixel[1], pixel[2]].map(decode_srgb)),
            };
            stored.extend(tables.0.iter().zip(linear).map(|(table, value)| T::from_index(nearest(table, value))));
            stored.extend(pixel[colors..].iter().map(|alpha| T::rounded(*alpha)));
        }
        stored
    }
}

impl PartialEq for ColorSpace {
    fn eq(&self, other: &Self) -> bool {
        self.icc == other.icc
    }
}

impl Eq for ColorSpace {}

impl fmt::Debug for ColorSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ColorSpace({} bytes)", self.icc.len())
    }
}

const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// The matrices from linear values of a profile to those of sRGB, and back.
fn matrices(profile: &ColorProfile) -> Result<[Matrix; 2], String> {
    let srgb = ColorProfile::new_srgb();
    let pair = [profile.transform_matrix(&srgb), srgb.transform_matrix(profile)];
    let pair = pair.map(|matrix| matrix.v.map(|row| row.map(|value| value as f32)));
    let finite = pair.iter().flatten().flatten().all(|value| value.is_finite());
    if finite { Ok(pair) } else { Err("its primaries lie on a line".to_owned()) }
}

/// The profile of PNG's cICP chunk: numbers of primaries, curve and matrix as in ITU-T H.273, and whether the range is full.
fn cicp_profile([primaries, curve, matrix, full]: [u8; 4]) -> Result<ColorProfile, String> {
    let unknown = || format!("its cICP numbers {primaries}, {curve}, {matrix}, {full} are not supported");
    if (matrix, full) != (0, 1) {
        return Err(unknown());
    }
    let cicp = CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).map_err(|_| unknown())?,
        transfer_characteristics: TransferCharacteristics::try_from(curve).map_err(|_| unknown())?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    };
    let profile = ColorProfile::new_from_cicp(cicp);
    if profile.is_matrix_shaper() { Ok(profile) } else { Err(unknown()) }
}

/// The profile of PNG's gAMA and cHRM chunks; `None` if there are none, or they state sRGB.
fn gamma_profile(png: &PngColors, colors: usize) -> Result<Option<ColorProfile>, String> {
    let gamma = png.gamma.filter(|gamma| (gamma - PNG_GAMMA).abs() > SAME_GAMMA);
    if gamma.is_none() && (png.chromaticities.is_none() || colors == 1) {
        return Ok(None);
    }
    let mut profile = ColorProfile::new_srgb();
    if let Some([white, red, green, blue]) = png.chromaticities {
        let [white, red, green, blue] = [white, red, green, blue].map(|[x, y]| Chromaticity::new(x, y));
        profile.update_rgb_colorimetry(white.to_xyyb(), ColorPrimaries { red, green, blue });
    }
    if let Some(gamma) = gamma {
        if !(0.1..=2.0).contains(&gamma) {
            return Err(format!("its gAMA of {gamma} cannot be meant"));
        }
        let curve = Some(ToneReprCurve::Parametric(vec![1.0 / gamma]));
        (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
    }
    // The curves are other ones now than the numbers of sRGB state.
    profile.cicp = None;
    if colors == 1 {
        let mut gray = ColorProfile::new_gray_with_gamma(1.0);
        gray.gray_trc = profile.green_trc;
        return Ok(Some(gray));
    }
    Ok(Some(profile))
}

fn space_name(space: DataColorSpace) -> String {
    format!("{space:?}").to_uppercase()
}

fn multiplied(matrix: &Matrix, [x, y, z]: [f32; 3]) -> [f32; 3] {
    matrix.map(|[a, b, c]| a * x + b * y + c * z)
}

/// Linear light as a value of sRGB; below zero the curve is mirrored.
fn encode_srgb(linear: f32) -> f32 {
    let size = linear.abs();
    let value = if size <= SRGB_LINEAR { 12.92 * size } else { 1.055 * size.powf(1.0 / 2.4) - 0.055 };
    value.copysign(linear)
}

/// [`encode_srgb`] for values in `[0, 1]`, and the nearest of them for others: interpolated in a table, several times as fast, and
/// off by less than a tenth of a step of 16 bits.
fn clipped_srgb(linear: f32) -> f32 {
    const STEPS: usize = 1 << 16;
    static TABLE: OnceLock<Vec<f32>> = OnceLock::new();
    let table = TABLE.get_or_init(|| (0..=STEPS + 1).map(|at| encode_srgb(at as f32 / STEPS as f32)).collect());
    let place = linear.clamp(0.0, 1.0) * STEPS as f32;
    let (low, share) = (place as usize, place.fract());
    table[low] + share * (table[low + 1] - table[low])
}

/// The inverse of [`encode_srgb`].
fn decode_srgb(value: f32) -> f32 {
    let size = value.abs();
    let linear = if size <= 12.92 * SRGB_LINEAR { size / 12.92 } else { ((size + 0.055) / 1.055).powf(2.4) };
    linear.copysign(value)
}

/// The index of the entry of a rising table that is nearest to a value.
fn nearest(table: &[f32], value: f32) -> usize {
    let above = table.partition_point(|entry| *entry < value).min(table.len() - 1);
    let below = above.saturating_sub(1);
    if (value - table[below]).abs() < (table[above] - value).abs() { below } else { above }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display_p3() -> ColorSpace {
        let icc = ColorProfile::new_display_p3().encode().unwrap();
        ColorSpace::from_icc(icc, 3).unwrap().unwrap()
    }

    #[test]
    fn display_p3_becomes_srgb_and_no_color_is_lost() {
        let space = display_p3();
        let mut flat = [200_u8, 80, 60, 7];
        space.clip_to_srgb(&mut flat, 4);
        assert_eq!(flat, [216, 69, 50, 7]);
        let steps = || (0..=255).step_by(15).map(|value| value as u8);
        let all: Vec<u8> =
            steps().flat_map(|r| steps().flat_map(move |g| steps().flat_map(move |b| [r, g, b, b ^ r]))).collect();
        let srgb = space.to_srgb(&all, 4);
        assert!(srgb.iter().any(|value| *value < 0.0) && srgb.iter().any(|value| *value > 1.0));
        assert_eq!(space.stored_values::<u8>(&srgb, 4), all);
        let deep: Vec<u16> = all.iter().map(|value| u16::from(*value) * 257).collect();
        assert_eq!(space.stored_values::<u16>(&space.to_srgb(&deep, 4), 4), deep);
    }

    #[test]
    fn the_table_of_the_curve_is_exact_enough_for_16_bits() {
        let most = u16::MAX as f32;
        for value in (0..=u16::MAX).step_by(7) {
            let linear = decode_srgb(value.share());
            let off = (most * clipped_srgb(linear) - most * encode_srgb(linear)).abs();
            assert!(off < 0.1, "{value} is off by {off}");
        }
        for (linear, value) in [(-0.5, 0.0), (0.0, 0.0), (1.0, 1.0), (7.0, 1.0)] {
            assert!((clipped_srgb(linear) - value).abs() < 1e-6, "{linear} becomes {}", clipped_srgb(linear));
        }
    }

    #[test]
    fn profiles_of_srgb_change_nothing_and_others_do() {
        let encoded = |profile: ColorProfile| profile.encode().unwrap();
        assert_eq!(ColorSpace::from_icc(encoded(ColorProfile::new_srgb()), 3), Ok(None));
        let adobe = encoded(ColorProfile::new_adobe_rgb());
        assert!(ColorSpace::from_icc(adobe.clone(), 3).unwrap().is_some());
        let gray = ColorSpace::from_icc(encoded(ColorProfile::new_gray_with_gamma(1.0)), 1).unwrap().unwrap();
        let mut values = [0_u8, 55, 255];
        gray.clip_to_srgb(&mut values, 1);
        assert_eq!(values, [0, 128, 255]);
        for (icc, colors, words) in [
            (b"no profile".to_vec(), 3, "damaged"),
            (encoded(ColorProfile::new_gray_with_gamma(1.0)), 3, "GRAY images"),
            (adobe[..200].to_vec(), 3, "damaged"),
        ] {
            let error = ColorSpace::from_icc(icc, colors).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn png_states_gamma_primaries_or_numbers_of_a_standard() {
        let srgb = [[0.3127, 0.3290], [0.64, 0.33], [0.30, 0.60], [0.15, 0.06]];
        let p3 = [[0.3127, 0.3290], [0.68, 0.32], [0.265, 0.69], [0.15, 0.06]];
        let plain = PngColors { gamma: Some(0.45455), chromaticities: Some(srgb), ..PngColors::default() };
        let converted = |png: PngColors| {
            let space = ColorSpace::from_png(&png, 3).unwrap();
            space.map(|space| {
                let mut flat = [200_u8, 80, 60];
                space.clip_to_srgb(&mut flat, 3);
                flat
            })
        };
        assert_eq!(converted(plain), None);
        assert_eq!(converted(PngColors { chromaticities: Some(p3), ..plain }), Some([216, 69, 50]));
        assert_eq!(converted(PngColors { chromaticities: Some(p3), srgb: true, ..plain }), None);
        assert_eq!(converted(PngColors { cicp: Some([12, 13, 0, 1]), ..plain }), Some([216, 69, 50]));
        assert_eq!(converted(PngColors { cicp: Some([1, 13, 0, 1]), ..plain }), None);
        let linear = PngColors { gamma: Some(1.0), ..PngColors::default() };
        let space = ColorSpace::from_png(&linear, 1).unwrap().unwrap();
        let mut gray = [55_u8];
        space.clip_to_srgb(&mut gray, 1);
        assert_eq!(gray, [128]);
        assert!(ColorSpace::from_png(&PngColors { cicp: Some([9, 16, 0, 1]), ..plain }, 3).is_err());
    }
}
