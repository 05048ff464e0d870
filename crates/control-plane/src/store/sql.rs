//! A statement that is put together piece by piece, with its parameters.

use crate::{Error, Result};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Any, Arguments, AssertSqlSafe, Encode, Executor, Type};

/// The text so far, and the parameters that it has places for.
pub(crate) struct Sql {
    text: String,
    parameters: AnyArguments,
    count: usize,
    problem: Option<String>,
}

impl Sql {
    /// Begins with this text.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), parameters: AnyArguments::default(), count: 0, problem: None }
    }

    /// Goes on with this text.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a place for this value.
    pub(crate) fn value<'t, T: Encode<'t, Any> + Type<Any>>(mut self, value: T) -> Self {
        if let Err(error) = self.parameters.add(value) {
            self.problem = Some(error.to_string());
        }
        self.count += 1;
        self.text.push_str(&format!("${}", self.count));
        self
    }

    /// Goes on with `($1, $2)`. An empty list would be no SQL: NULL, which nothing equals, stands for it.
    pub(crate) fn list<'t, T: Encode<'t, Any> + Type<Any>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        let mut is_first = true;
        self.text.push('(');
        for value in values {
            if !is_first {
                self.text.push_str(", ");
            }
            is_first = false;
            self = self.value(value);
        }
        self.text(if is_first { "NULL)" } else { ")" })
    }

    /// Carries it out; says how many rows it concerned.
    pub(crate) async fn execute<'c>(self, executor: impl Executor<'c, Database = Any>) -> Result<u64> {
        self.check()?;
        let done = sqlx::query_with(AssertSqlSafe(self.text), self.parameters).execute(executor).await?;
        Ok(done.rows_affected())
    }

    /// Its rows.
    pub(crate) async fn rows<'c>(self, executor: impl Executor<'c, Database = Any>) -> Result<Vec<AnyRow>> {
        self.check()?;
        Ok(sqlx::query_with(AssertSqlSafe(self.text), self.parameters).fetch_all(executor).await?)
    }

    /// Its row, if there is one.
    pub(crate) async fn row<'c>(self, executor: impl Executor<'c, Database = Any>) -> Result<Option<AnyRow>> {
        self.check()?;
        Ok(sqlx::query_with(AssertSqlSafe(self.text), self.parameters).fetch_optional(executor).await?)
    }

    fn check(&self) -> Result<()> {
        match &self.problem {
            Some(problem) => Err(Error::Database { code: "database.failed", message: problem.clone() }),
            None => Ok(()),
        }
    }
}

/// The word of a value that is stored as one.
pub(crate) fn word<T: serde::Serialize>(value: T) -> String {
    // Only enums without fields are stored so: it cannot fail.
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
