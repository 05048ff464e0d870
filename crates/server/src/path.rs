//! Paths as clients write them: with a final slash, with doubled slashes. They mean the same here, without a redirect.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::Next;
use axum::response::Response;

/// Routes the request by its tidied path.
pub(crate) async fn tidy(mut request: Request, next: Next) -> Response {
    if let Some(uri) = tidied_uri(request.uri()) {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}

/// Nothing, when it is tidy already.
fn tidied_uri(uri: &Uri) -> Option<Uri> {
    let path = tidied(uri.path());
    if path == uri.path() {
        return None;
    }
    let text = uri.query().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}

fn tidied(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_at_the_end_and_doubled_ones_mean_nothing() {
        for path in ["/api/v1/jobs/get", "/api/v1/jobs/get/", "//api/v1//jobs/get//"] {
            assert_eq!(tidied(path), "/api/v1/jobs/get");
        }
        assert_eq!(tidied("/"), "/");
        assert_eq!(tidied(""), "/");
    }

    #[test]
    fn the_query_stays() {
        let uri: Uri = "http://host/a//b/?c=d//e".parse().expect("a URI");
        assert_eq!(tidied_uri(&uri).expect("untidy").to_string(), "http://host/a/b?c=d//e");
    }
}
