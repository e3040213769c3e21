//! What a PNG says before its pixels: palette, colors and animation.

/// What a PNG says about its colors, apart from an ICC profile.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PngColors {
    /// numbers of primaries, curve and matrix, and whether the range is full (chunk cICP)
    pub cicp: Option<[u8; 4]>,
    /// whether the colors are sRGB (chunk sRGB)
    pub srgb: bool,
    /// the exponent from light to values (chunk gAMA)
    pub gamma: Option<f32>,
    /// x and y of white, red, green and blue (chunk cHRM)
    pub chromaticities: Option<[[f32; 2]; 4]>,
}

/// What stands before a PNG's pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PngHeader {
    /// whether pixels are indices of a palette
    pub palette: bool,
    /// whether there is an ICC profile
    pub profile: bool,
    /// frames of an animation; 0 without one
    pub frames: usize,
    /// what the file says of its colors
    pub colors: PngColors,
}

impl PngHeader {
    /// Reads the chunks before the pixels. What is missing or cut short counts as absent; the decoder reports damage.
    pub fn read(bytes: &[u8]) -> Self {
        let mut header = Self::default();
        let mut rest = bytes.get(8..).unwrap_or_default();
        while let Some((length, name)) = rest.first_chunk::<8>().map(|start| start.split_at(4)) {
            let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            let Some(data) = rest.get(8..8 + length) else { break };
            match name {
                b"IDAT" => break,
                b"IHDR" => header.palette = data.get(9) == Some(&3),
                b"iCCP" => header.profile = true,
                b"sRGB" => header.colors.srgb = true,
                b"cICP" => header.colors.cicp = data.try_into().ok(),
                b"acTL" => header.frames = number(data, 0).unwrap_or(0) as usize,
                b"gAMA" => header.colors.gamma = share(data, 0),
                b"cHRM" => header.colors.chromaticities = chromaticities(data),
                _ => {}
            }
            // After the data there are four bytes of a checksum.
            rest = rest.get(12 + length..).unwrap_or_default();
        }
        header
    }
}

fn number(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

/// A number in units of 1/100000.
fn share(data: &[u8], at: usize) -> Option<f32> {
    Some(number(data, at)? as f32 / 100_000.0)
}

fn chromaticities(data: &[u8]) -> Option<[[f32; 2]; 4]> {
    let mut points = [[0.0; 2]; 4];
    for (at, value) in points.iter_mut().flatten().enumerate() {
        *value = share(data, 4 * at)?;
    }
    Some(points)
}
