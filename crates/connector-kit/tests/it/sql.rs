//! The texts of `sql`, read by a database.

use longshore_connector_kit::sql::{Keyset, Quotes};
use rusqlite::{Connection, params};

const COLUMNS: [&str; 2] = ["at", "i\"d"];

fn rows(db: &Connection, sql: &str, after: Option<(i64, i64)>) -> Vec<(i64, i64)> {
    let mut select = db.prepare(sql).unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let rows = match after {
        Some((at, id)) => select.query_map(params![at, id], row),
        None => select.query_map([], row),
    };
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn no_row_falls_between_pages_though_many_share_a_cursor() {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch("CREATE TABLE \"a b\" (at INTEGER, \"i\"\"d\" INTEGER)").unwrap();
    let all: Vec<(i64, i64)> = (0..20).map(|id| (id / 7, id)).collect();
    for (at, id) in all.iter().rev() {
        db.execute("INSERT INTO \"a b\" VALUES (?, ?)", params![at, id]).unwrap();
    }
    let keyset = Keyset::new(COLUMNS);
    let mut read = rows(&db, &keyset.first_page(Quotes::Double, &["a b"], &COLUMNS, 3), None);
    loop {
        let next = keyset.next_page(Quotes::Double, &["a b"], &COLUMNS, 3, |at| format!("?{at}"));
        let page = rows(&db, &next, read.last().copied());
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    assert_eq!(read, all);
    let from = Keyset::new(["at"]).from_cursor(Quotes::Double, &["a b"], &COLUMNS, |at| format!("?{at}"));
    assert!(from.ends_with(r#"WHERE "at" >= ?1 ORDER BY "at""#), "{from}");
}
