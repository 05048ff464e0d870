//! Servers whose certificates a company has signed by itself.

use crate::example::example;
use longshore_connector_kit::testing::catalog;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

const ANSWER: &str = r#"{"data": [{"id": 1}], "next": null}"#;

/// A server, and the PEM text of the authority that signed its certificate.
fn server() -> (String, String) {
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let config = config(certificate.der().clone(), key);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that does not trust us goes away.
            let _ = serve(stream.unwrap(), &config);
        }
    });
    (url, authority.pem())
}

fn config(certificate: CertificateDer<'static>, key: KeyPair) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

fn serve(mut stream: TcpStream, config: &Arc<ServerConfig>) -> std::io::Result<()> {
    let mut connection = ServerConnection::new(Arc::clone(config)).unwrap();
    let mut tls = Stream::new(&mut connection, &mut stream);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        tls.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    write!(tls, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{ANSWER}", ANSWER.len())?;
    tls.flush()
}

#[test]
fn a_private_authority_is_trusted_when_its_certificate_is_named() {
    let (url, authority) = server();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("company.pem");
    std::fs::write(&file, authority).unwrap();
    let config = json!({"url": url, "token": "t"});
    let source = example("http_source");
    for source in [source.clone().variable("SSL_CERT_FILE", &file), source.variable("SSL_CERT_DIR", folder.path())] {
        let run = source.read(&config, &catalog("orders", "full_refresh"), None);
        run.assert_success();
        assert_eq!(run.records("orders"), [json!({"id": 1})]);
    }
}

#[test]
fn an_unknown_authority_is_a_config_error_that_says_what_to_set() {
    let (url, _) = server();
    let run = example("http_source").check(&json!({"url": url, "token": "t"}));
    let (kind, message) = run.errors()[0].clone();
    assert!(kind == "config_error" && message.contains("SSL_CERT_FILE"), "{message}");
}
