//! The OpenAPI document.

use crate::instance::Instance;
use axum::body::Body;
use axum::http::Request;
use std::collections::HashSet;

#[tokio::test]
async fn the_document_describes_what_the_sdks_call() {
    let instance = Instance::new().await;
    let request = Request::get("/openapi.json").body(Body::empty()).expect("a request");
    let document = instance.send(request).await.json();
    let operations =
        document["paths"].as_object().expect("paths").values().flat_map(|path| path.as_object().expect("methods"));
    let ids: Vec<&str> = operations.map(|(_, operation)| operation["operationId"].as_str().expect("an id")).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "an operation id is there twice");
    for id in ["listSources", "createSource", "patchConnection", "createJob", "cancelJob", "getStreamProperties"] {
        assert!(ids.contains(&id), "{id}");
    }
}

#[tokio::test]
async fn every_reference_of_the_document_leads_somewhere() {
    let document = serde_json::to_value(longshore_server::document()).expect("JSON");
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}
