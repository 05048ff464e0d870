//! The stream `users`.

use crate::discover::timestamp;
use crate::draw::Draw;
use crate::moment::Moment;
use crate::table::{Pass, Table};
use crate::words::{
    BLOOD_TYPES, CITIES, COUNTRY_CODES, DEGREES, FIRST_NAMES, GENDERS, LANGUAGES, MAIL_DOMAINS, MAIL_WORDS,
    NATIONALITIES, OCCUPATIONS, REGIONS, STREETS, TITLES,
};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::fmt;

pub(crate) struct Users;

const SALT: u64 = 2;

#[derive(Serialize)]
struct User<'a> {
    id: u64,
    created_at: Moment,
    updated_at: Moment,
    name: &'static str,
    title: &'static str,
    age: u32,
    #[serde(serialize_with = "as_text")]
    email: Email,
    #[serde(serialize_with = "as_text")]
    telephone: Telephone,
    gender: &'static str,
    language: &'static str,
    academic_degree: &'static str,
    nationality: &'static str,
    occupation: &'static str,
    #[serde(serialize_with = "as_text")]
    height: Metres,
    blood_type: &'static str,
    weight: u32,
    address: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    padding: Option<&'a str>,
}

#[derive(Serialize)]
struct Address {
    #[serde(serialize_with = "as_text")]
    street_number: u32,
    street_name: &'static str,
    city: &'static str,
    state: &'static str,
    province: &'static str,
    #[serde(serialize_with = "as_text")]
    postal_code: PostalCode,
    country_code: &'static str,
}

impl Table for Users {
    const NAME: &'static str = "users";

    fn total(count: u64) -> u64 {
        count
    }

    fn properties() -> Value {
        json!({
            "id": {"type": "integer"},
            "created_at": timestamp(),
            "updated_at": timestamp(),
            "name": {"type": "string"},
            "title": {"type": "string"},
            "age": {"type": "integer"},
            "email": {"type": "string"},
            "telephone": {"type": "string"},
            "gender": {"type": "string"},
            "language": {"type": "string"},
            "academic_degree": {"type": "string"},
            "nationality": {"type": "string"},
            "occupation": {"type": "string"},
            "height": {"type": "string"},
            "blood_type": {"type": "string"},
            "weight": {"type": "integer"},
            "address": {
                "type": "object",
                "properties": {
                    "street_number": {"type": "string"},
                    "street_name": {"type": "string"},
                    "city": {"type": "string"},
                    "state": {"type": "string"},
                    "province": {"type": "string"},
                    "postal_code": {"type": "string"},
                    "country_code": {"type": "string"},
                },
            },
        })
    }

    fn row(id: u64, pass: &Pass) -> impl Serialize {
        let draw = &mut Draw::new(pass.seed, SALT, id);
        User {
            id,
            created_at: Moment::made_up(draw),
            updated_at: pass.updated_at,
            name: draw.one_of(FIRST_NAMES),
            title: draw.one_of(TITLES),
            age: 16 + draw.below(51),
            email: Email::made_up(id, draw),
            telephone: Telephone(100 + draw.below(900), draw.below(1000), draw.below(10_000)),
            gender: draw.one_of(GENDERS),
            language: draw.one_of(LANGUAGES),
            academic_degree: draw.one_of(DEGREES),
            nationality: draw.one_of(NATIONALITIES),
            occupation: draw.one_of(OCCUPATIONS),
            height: Metres(150 + draw.below(50)),
            blood_type: draw.one_of(BLOOD_TYPES),
            weight: 40 + draw.below(51),
            address: Address::made_up(draw),
            padding: pass.padding.as_deref(),
        }
    }
}

impl Address {
    fn made_up(draw: &mut Draw) -> Self {
        Self {
            street_number: 1 + draw.below(1400),
            street_name: draw.one_of(STREETS),
            city: draw.one_of(CITIES),
            state: draw.one_of(REGIONS),
            province: draw.one_of(REGIONS),
            postal_code: PostalCode(draw.below(100_000)),
            country_code: draw.one_of(COUNTRY_CODES),
        }
    }
}

/// `lantern1987+42@example.com`: unique by the id.
struct Email {
    word: &'static str,
    year: u32,
    id: u64,
    domain: &'static str,
}

impl Email {
    fn made_up(id: u64, draw: &mut Draw) -> Self {
        Self { word: draw.one_of(MAIL_WORDS), year: 1900 + draw.below(126), id, domain: draw.one_of(MAIL_DOMAINS) }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}+{}@{}", self.word, self.year, self.id, self.domain)
    }
}

/// Area, exchange, line.
struct Telephone(u32, u32, u32);

impl fmt::Display for Telephone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:03}-{:04}", self.0, self.1, self.2)
    }
}

/// A length in centimetres, written in metres.
struct Metres(u32);

impl fmt::Display for Metres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Five digits.
struct PostalCode(u32);

impl fmt::Display for PostalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:05}", self.0)
    }
}

fn as_text<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
