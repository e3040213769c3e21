#!/usr/bin/env bash
# The Rust crate zip refuses sound archives whose first entry has 76 bytes in the directory, as torch.save writes them for some names.
#
# Versions: zip 9.8.1 and 9.8.2 (Rust), with Python's zipfile as the other reader. Also seen with torch 2.11.0 and 2.15.0: torch.save to a
# name of 21 characters before .pth writes such an archive, since its first entry is then called NAME/data.pkl, 30 characters.
# Behavior: an archive may have the records of a large archive (zip64, 56 + 20 bytes) between its directory and its end record even
# where no number needs them; torch.save always writes them. The crate goes back from the end record by the size of the directory, which
# is 76 bytes too late. Where the first entry has exactly 76 bytes, the second one is found there, and taken for the first. All
# offsets are then shifted, and the archive is refused. With any other length the crate looks for the directory otherwise and finds it.
# Output seen, with both versions (length of the first name, and what the crate says; zipfile reads all three):
#   29: 3 entries
#   30: invalid Zip archive: Invalid Central Directory header
#   31: 3 entries
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 - <<'PYTHON'
import io, struct, zipfile

for length in (29, 30, 31):
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("n" * (length - 9) + "/data.pkl", b"one")
        archive.writestr("two", b"two")
        archive.writestr("three", b"three")
    whole = plain.getvalue()
    body, end = whole[:-22], whole[-22:]
    count, size, offset = struct.unpack("<HII", end[10:20])
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(body), 1)
    name = f"{length}.zip"
    open(name, "wb").write(body + record + locator + end)
    with zipfile.ZipFile(name) as archive:
        assert archive.testzip() is None and [archive.read(entry) for entry in archive.namelist()] == [b"one", b"two", b"three"]
PYTHON
mkdir src
cat >src/main.rs <<'RUST'
fn main() {
    for length in [29, 30, 31] {
        let file = std::fs::File::open(format!("{length}.zip")).unwrap();
        match zip::ZipArchive::new(file) {
            Ok(archive) => println!("{length}: {} entries", archive.len()),
            Err(error) => println!("{length}: {error}"),
        }
    }
}
RUST
for version in 9.8.1 9.8.2; do
    cat >Cargo.toml <<TOML
[package]
name = "first-entry"
version = "0.1.0"
edition = "2024"
[dependencies]
zip = { version = "=$version", default-features = false }
TOML
    rm -f Cargo.lock
    seen=$(CARGO_TARGET_DIR=target cargo run --quiet)
    echo "$seen"
    [ "$seen" = "29: 3 entries
30: invalid Zip archive: Invalid Central Directory header
31: 3 entries" ]
done
