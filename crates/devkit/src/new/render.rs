//! Renders the files of a template.
//!
//! `<%= name %>` is a value, `<% if … %>` a block, `<%# … %>` a comment: none of them is written so in any of the
//! languages that are rendered, where `{{ }}`, `${{ }}` and `{% %}` all are.

use super::answers::Answers;
use super::template::{Template, invalid};
use super::templates::{Templates, trimmed};
use super::vendor;
use longshore_protocol::FailureReason;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// A file that is written though nothing is in it.
const EMPTY_ON_PURPOSE: &str = "__init__.py";

/// A file of a project that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// Its content.
    pub text: String,
    /// Whether it can be run.
    pub is_executable: bool,
    /// Whether it is a file of our repository, taken along as it is.
    pub is_vendored: bool,
}

/// All files of a project that is made.
#[derive(Debug, Clone)]
pub struct Rendering {
    /// What it is made from.
    pub template: Template,
    /// What it is made with.
    pub answers: Answers,
    /// The folder's name.
    pub dir_name: String,
    /// The files by their paths in the project.
    pub files: BTreeMap<String, RenderedFile>,
}

impl Templates {
    /// Renders a template; `dir_name` is what the project's folder is called.
    ///
    /// # Errors
    /// `connector.template_invalid`.
    pub fn render(&self, template: &Template, answers: &Answers, dir_name: &str) -> Result<Rendering, FailureReason> {
        let words = Words::new();
        let variables = words.variables(template, answers, dir_name)?;
        let mut files = BTreeMap::new();
        for (path, text) in self.sources(&template.name)? {
            let broken = |why: String| invalid(&template.name, &format!("{path}: {why}"));
            let text = words.render(text, &variables).map_err(broken)?;
            let path = variables.path(trimmed(path)).map_err(broken)?;
            if text.trim().is_empty() && !path.ends_with(EMPTY_ON_PURPOSE) {
                continue;
            }
            files.insert(path, RenderedFile { text, is_executable: false, is_vendored: false });
        }
        files.extend(vendor::files(template)?);
        mark_executable(template, &variables, &mut files)?;
        Ok(Rendering { template: template.clone(), answers: answers.clone(), dir_name: dir_name.to_owned(), files })
    }
}

impl Rendering {
    /// The commands that come next, for a project in `dir`.
    ///
    /// # Errors
    /// `connector.template_invalid`.
    pub fn next(&self, dir: &str) -> Result<Vec<String>, FailureReason> {
        let words = Words::new();
        let variables = words.variables(&self.template, &self.answers, &shell_words::quote(dir))?;
        let rendered = self.template.next.iter().map(|command| words.render(command, &variables));
        rendered.collect::<Result<_, _>>().map_err(|why| invalid(&self.template.name, &format!("next: {why}")))
    }
}

fn mark_executable(
    template: &Template,
    variables: &Variables,
    files: &mut BTreeMap<String, RenderedFile>,
) -> Result<(), FailureReason> {
    for path in &template.executable {
        let path = variables.path(path).map_err(|why| invalid(&template.name, &why))?;
        let missing = || invalid(&template.name, &format!("`executable` names {path}, which it does not render"));
        files.get_mut(&path).ok_or_else(missing)?.is_executable = true;
    }
    Ok(())
}

/// The values that templates refer to.
pub(super) struct Variables(BTreeMap<String, Value>);

impl Variables {
    pub(super) fn of(template: &Template, answers: &Answers, dir: &str) -> Self {
        let name = &answers.name;
        let text = |text: &str| Value::from(text);
        let own = [
            ("title", text(&name.title)),
            ("dash", text(&name.dash)),
            ("snake", text(&name.snake())),
            ("pascal", text(&name.pascal())),
            ("upper", text(&name.upper())),
            ("connector", text(&name.connector)),
            ("kind", text(template.kind.as_str())),
            ("language", text(&template.language)),
            ("subtype", text(&template.subtype)),
            ("template", text(&template.name)),
            ("template_version", Value::from(template.version)),
            ("ignore", Value::from(template.ignore.clone())),
            ("is_singer", Value::from(template.is_singer())),
            ("version", text("0.1.0")),
            ("dir", text(dir)),
        ];
        let mut all: BTreeMap<String, Value> = own.map(|(key, value)| (key.to_owned(), value)).into();
        all.extend(answers.values.iter().map(|(key, value)| (key.clone(), Value::from(value.clone()))));
        all.extend(answers.values.get("repository").map(|image| ("image".to_owned(), Value::from(image.clone()))));
        Self(all)
    }

    /// A path whose `{name}` are variables; it stays within the project.
    fn path(&self, path: &str) -> Result<String, String> {
        let mut path = path.to_owned();
        for (name, text) in self.0.iter().filter_map(|(name, value)| Some((name, value.as_str()?))) {
            path = path.replace(&format!("{{{name}}}"), text);
        }
        let is_below = Path::new(&path).components().all(|part| matches!(part, Component::Normal(_)));
        if is_below { Ok(path) } else { Err(format!("the path {path} leads out of the project")) }
    }
}

/// Understands templates.
pub(super) struct Words(Environment<'static>);

impl Words {
    pub(super) fn new() -> Self {
        let syntax = SyntaxConfig::builder()
            .variable_delimiters("<%=", "%>")
            .block_delimiters("<%", "%>")
            .comment_delimiters("<%#", "%>")
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build();
        let mut environment = Environment::new();
        // The delimiters above differ, which is all that can be wrong with them.
        environment.set_syntax(syntax.expect("delimiters that differ"));
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        Self(environment)
    }

    /// All variables of a rendering.
    pub(super) fn variables(
        &self,
        template: &Template,
        answers: &Answers,
        dir: &str,
    ) -> Result<Variables, FailureReason> {
        let mut variables = Variables::of(template, answers, dir);
        for (key, text) in &template.derived {
            let derived =
                self.render(text, &variables).map_err(|why| invalid(&template.name, &format!("{key}: {why}")))?;
            variables.0.insert(key.clone(), Value::from(derived));
        }
        Ok(variables)
    }

    /// A text with its values; the error says what is wrong and in which line.
    pub(super) fn render(&self, text: &str, variables: &Variables) -> Result<String, String> {
        self.0.render_str(text, Value::from(variables.0.clone())).map_err(|error| {
            let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
            format!("{}{line}", error.detail().map_or_else(|| error.kind().to_string(), str::to_owned))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Variables, Words};
    use minijinja::Value;

    fn render(text: &str) -> Result<String, String> {
        Words::new().render(
            text,
            &Variables(
                [("name".to_owned(), Value::from("x\"y")), ("list".to_owned(), Value::from(vec!["a", "b"]))].into(),
            ),
        )
    }

    #[test]
    fn only_our_own_signs_mean_something() {
        let text = "${{ secrets.X }} {{ config['a'] }} {% if %} {# no #} <a href='%'> <%# gone %>5 % 3\n";
        assert_eq!(render(text).unwrap(), text.replace("<%# gone %>", ""));
        assert_eq!(render("<%= name %>|<%= name | tojson %>").unwrap(), "x\"y|\"x\\\"y\"");
        assert_eq!(render("a\n  <% for it in list %>\n- <%= it %>\n  <% endfor %>\nb\n").unwrap(), "a\n- a\n- b\nb\n");
    }

    #[test]
    fn what_is_unknown_is_told_with_its_line() {
        assert!(render("a\n<%= nmae %>").unwrap_err().contains("line 2"));
        assert!(render("a\n<% if %>").unwrap_err().contains("line 2"));
    }
}
