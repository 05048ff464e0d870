//! Registries: who may come, how, and what the log says of it.

use crate::skopeo::{Skopeo, assert_done, assert_refused};
use longshore_test_support::registry::{Auth, Options, Registry, TokenAuth, User};

fn users() -> Vec<User> {
    vec![User::new("ada", "right"), User::new("reader", "read").pull_only()]
}

#[test]
fn anybody_pushes_and_pulls_where_nobody_is_asked_who_they_are() {
    let (registry, skopeo) = (Registry::start(Options::default()), Skopeo::new());
    assert_done(&skopeo.push(&registry, ""));
    assert_done(&skopeo.pull(&registry, &registry.host(), ""));
}

#[test]
fn passwords_and_a_private_authority_are_checked() {
    let options = Options { auth: Auth::Htpasswd(users()), tls: true, ..Options::default() };
    let (registry, skopeo) = (Registry::start(options), Skopeo::new());
    assert_refused(&skopeo.push(&registry, "ada:wrong"), "authentication required");
    assert_done(&skopeo.push(&registry, "ada:right"));
    assert_done(&skopeo.pull(&registry, &registry.host(), "ada:right"));
}

#[test]
fn tokens_give_each_user_the_rights_of_that_user() {
    let options = Options { auth: Auth::Token(TokenAuth::new(users(), 15)), tls: true, ..Options::default() };
    let (registry, skopeo) = (Registry::start(options), Skopeo::new());
    assert_refused(&skopeo.push(&registry, "ada:wrong"), "invalid username/password");
    assert_refused(&skopeo.push(&registry, "reader:read"), "authentication required");
    assert_done(&skopeo.push(&registry, "ada:right"));
    assert_done(&skopeo.pull(&registry, &registry.host(), "reader:read"));
    assert!(registry.issuer().tokens() >= 3, "{:?}", registry.issuer().issued());
    assert!(registry.issuer().issued().iter().any(|issued| !issued.granted));
}

#[test]
fn nobody_pulls_where_the_token_server_lets_nobody_pull() {
    let auth = TokenAuth { anonymous_pull: true, ..TokenAuth::new(users(), 15) };
    let (registry, skopeo) =
        (Registry::start(Options { auth: Auth::Token(auth), ..Options::default() }), Skopeo::new());
    assert_done(&skopeo.push(&registry, "ada:right"));
    assert_done(&skopeo.pull(&registry, &registry.host(), ""));
    assert_refused(&skopeo.push(&registry, ""), "authentication required");
}

#[test]
fn the_log_tells_every_request_until_it_is_forgotten() {
    let (mut registry, skopeo) = (Registry::start(Options::default()), Skopeo::new());
    assert_done(&skopeo.push(&registry, ""));
    let requests = registry.requests();
    let put = requests.iter().find(|request| request.method == "PUT" && request.path.ends_with("/manifests/1"));
    assert!(put.is_some_and(|put| put.status == 201 && put.user_agent.starts_with("skopeo")), "{requests:?}");
    registry.forget_requests();
    assert_eq!(registry.requests(), []);
}

#[test]
fn a_registry_comes_again_at_the_same_port_with_the_same_images() {
    let (mut registry, skopeo) = (Registry::start(Options { tls: true, ..Options::default() }), Skopeo::new());
    assert_done(&skopeo.push(&registry, ""));
    let (host, before) = (registry.host(), registry.requests());
    registry.stop();
    assert_refused(&skopeo.pull(&registry, &host, ""), "connection refused");
    registry.restart();
    assert_eq!(registry.host(), host);
    assert_done(&skopeo.pull(&registry, &host, ""));
    assert!(registry.requests().starts_with(&before));
}

#[test]
fn a_registry_listens_on_the_address_that_docker_does_not_trust() {
    let registry = Registry::start(Options { ipv6: true, tls: true, ..Options::default() });
    assert!(registry.host().starts_with("[::1]:"));
    assert_eq!(registry.requests(), [], "the log is asked for by a request over TLS, which is left out");
}

#[test]
fn a_token_is_refused_when_its_lifetime_is_over() {
    let auth = Auth::Token(TokenAuth::new(users(), 0));
    let (registry, skopeo) = (Registry::start(Options { auth, ..Options::default() }), Skopeo::new());
    assert_refused(&skopeo.push(&registry, "ada:right"), "authentication required");
    assert!(registry.issuer().tokens() > 0);
}
