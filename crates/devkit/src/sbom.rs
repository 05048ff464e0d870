//! The bill of materials of a connector: which packages are in it, in which version, under which licence, as an SPDX 2.3
//! document. The same packages give the same bytes.

mod image;
mod licence;
mod project;

pub use image::packages_of_image;
pub use project::packages_of_project;

use longshore_images::Digest;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The media type of the document, where it is attached to an image.
pub const SPDX_MEDIA_TYPE: &str = "application/spdx+json";

const NOT_KNOWN: &str = "NOASSERTION";
const CONNECTOR: &str = "SPDXRef-Connector";

/// A package that is in a connector.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Its name where it comes from.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it comes from, with name and version: `pkg:cargo/serde@1.0.0`.
    pub purl: String,
    /// Its licence, in whatever words it says it.
    pub license: Option<String>,
}

impl Package {
    /// A package of an ecosystem, `cargo`, `pypi`, `deb/debian`; its name may have a namespace before a slash.
    fn new(ecosystem: &str, name: &str, version: &str, license: Option<&str>) -> Self {
        let parts: Vec<String> = name.split('/').map(escaped).collect();
        let purl = format!("pkg:{ecosystem}/{}@{}", parts.join("/"), escaped(version));
        let license = license.map(str::trim).filter(|license| !license.is_empty()).map(str::to_owned);
        Self { name: name.to_owned(), version: version.to_owned(), purl, license }
    }
}

/// A part of a purl: whatever is neither a letter, a digit nor harmless is written by its number.
fn escaped(part: &str) -> String {
    let one = |byte: u8| match byte {
        b'.' | b'-' | b'_' | b'~' | b':' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    part.bytes().map(one).collect()
}

/// The document. `source_date` is the time it bears, in seconds since 1970.
#[must_use]
pub fn spdx_document(name: &str, version: &str, packages: &[Package], source_date: u64) -> Vec<u8> {
    let packages: BTreeSet<&Package> = packages.iter().collect();
    let ids: Vec<String> = packages.iter().enumerate().map(|(at, package)| id(at + 1, package)).collect();
    let own = json!({
        "SPDXID": CONNECTOR, "name": name, "versionInfo": version,
        "downloadLocation": NOT_KNOWN, "filesAnalyzed": false,
    });
    let described = std::iter::once(own).chain(packages.iter().zip(&ids).map(|(package, id)| describe(package, id)));
    let described: Vec<Value> = described.collect();
    let first = related("SPDXRef-DOCUMENT", "DESCRIBES", CONNECTOR);
    let relationships = std::iter::once(first).chain(ids.iter().map(|id| related(CONNECTOR, "DEPENDS_ON", id)));
    let relationships: Vec<Value> = relationships.collect();
    let content = Digest::of(json!([described, source_date]).to_string().as_bytes());
    let document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": format!("{name}-{version}"),
        "documentNamespace": format!("https://spdx.org/spdxdocs/{name}-{version}-{}", content.hex()),
        "creationInfo": {
            "created": time(source_date),
            "creators": [concat!("Tool: longshore-", env!("CARGO_PKG_VERSION"))],
        },
        "packages": described,
        "relationships": relationships,
    });
    format!("{document:#}\n").into_bytes()
}

fn describe(package: &Package, id: &str) -> Value {
    let expression = package.license.as_deref().and_then(licence::expression);
    let mut described = json!({
        "SPDXID": id, "name": package.name, "versionInfo": package.version,
        "downloadLocation": NOT_KNOWN, "filesAnalyzed": false,
        "licenseConcluded": NOT_KNOWN,
        "licenseDeclared": expression.as_deref().unwrap_or(NOT_KNOWN),
        "copyrightText": NOT_KNOWN,
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": package.purl,
        }],
    });
    if let (None, Some(license)) = (expression, &package.license) {
        described["licenseComments"] = json!(format!("The package says: {license}"));
    }
    described
}

fn related(from: &str, how: &str, to: &str) -> Value {
    json!({"spdxElementId": from, "relationshipType": how, "relatedSpdxElement": to})
}

/// Letters, digits, dots and hyphens; the number keeps two names apart that differ in other signs.
fn id(number: usize, package: &Package) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let name: String = format!("{}-{}", package.name, package.version).chars().map(plain).collect();
    format!("SPDXRef-Package-{number}-{name}")
}

fn time(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
