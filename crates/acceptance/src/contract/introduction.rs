//! The beginning of the contract: what it is for, and how it is read.

pub(super) const INTRODUCTION: &str = "\
# The connector contract

A connector is a program that speaks the protocol of connectors: it is called with a verb (`spec`, `check`, `discover`, `read`,
`write`) and files, prints messages as lines of JSON to stdout, and ends with an exit code. A source reads from somewhere, a
destination writes to somewhere. Whoever runs connectors knows nothing else of them, so all of them must keep the rules below,
whatever language they are written in and whatever platform they run on.

`longshore connector test REF` proves them: it calls the connector as a platform does, and looks at nothing but what it
prints, how it ends, and, for a destination, what is there afterwards. This document is made of the very rules that it goes by.

```text
longshore connector test source-faker
longshore connector test --explain read.primary_key_unique
longshore connector test --explain read
```

## How to read it

Each rule has a number, which may change, and an id, which does not: `read.primary_key_unique` is of the area `read`. MUST and
SHOULD are meant as [RFC 2119](https://www.rfc-editor.org/rfc/rfc2119) has them.

- **MUST**: a connector that breaks it loses or spoils data, leaks secrets, or does not work on some platform. The suite fails.
- **SHOULD**: a connector that breaks it works, and makes trouble for people. It is a warning at strictness low, and counts like
  a MUST at strictness high.

Behind each demand stand why it is there, how it is proven, and what to do when it is broken.

## What comes out

For each rule that binds the connector there is one finding.

| finding | what it means |
|---|---|
| passed | it was looked at, and the message says what was seen |
| failed | it is broken, and the evidence is the very messages that show it |
| skipped | it does not concern the connector, or could not be looked at, and the message says why |
| bypassed | it is broken or could not be looked at, and the connector's author says why that is all right |

Nothing passes that was not looked at. A rule whose ground another rule judges is skipped while that other one is broken: one
defect shows under one rule. When a connector does not answer `spec`, only that is judged, with what needs no connector.

A skipped rule never fails a suite, at neither strictness: whether something concerns a connector is not for its author to
prove. What only the author can give, and did not, is another matter. At strictness high the test configuration has to say all of
it or to give a reason, and `config.complete` fails where it does not.

## Strictness

`--strictness low` is what every connector needs before anybody uses it. At `--strictness high` each SHOULD counts like a MUST, and
what is sampled at low, such as the checkpoints from which a source is resumed, is tried in full.

## Bypasses

What a connector cannot keep is bypassed in its `acceptance-test-config.yml`, with a reason; a bypass without one counts for
nothing. It shows in every report. The [guide to acceptance tests](guide/acceptance-tests.md) shows how.
";
