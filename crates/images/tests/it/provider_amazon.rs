//! Amazon's own flow, against moto, which checks signatures and policies as Amazon does.

use crate::credentials_place::{Place, SECRET, assert_failure, shown};
use crate::provider_server::{Asked, Server, answer};
use longshore_images::{Attempt, Found, create_repository, find};
use longshore_protocol::FailureReason;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

/// How many of the first requests moto takes without asking who sends them: those of [`Moto::start`].
const REQUESTS_OF_SETUP: &str = "5";

/// AWS on loopback with two users: one who may do everything with ECR, one who may do nothing.
struct Moto {
    process: Child,
    address: String,
    allowed: (String, String),
    denied: (String, String),
}

impl Moto {
    async fn start() -> Self {
        let program = std::env::var_os("LONGSHORE_TEST_MOTO")
            .expect("moto_server is not there: run the tests by `cargo xtask test`, which installs it");
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", "0"]).env("INITIAL_NO_AUTH_ACTION_COUNT", REQUESTS_OF_SETUP);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address =
            lines.find_map(|line| Some(line.unwrap().split_once("Running on ")?.1.trim().to_owned())).unwrap();
        // It goes on to write a line per request.
        std::thread::spawn(move || lines.for_each(drop));
        let nobody = (String::new(), String::new());
        let mut moto = Self { process, address, allowed: nobody.clone(), denied: nobody };
        moto.allowed = moto.user("allowed").await;
        moto.denied = moto.user("denied").await;
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}"#;
        let policy = [("UserName", "allowed"), ("PolicyName", "p"), ("PolicyDocument", policy)];
        moto.iam("PutUserPolicy", &policy).await;
        moto
    }

    async fn user(&self, name: &str) -> (String, String) {
        self.iam("CreateUser", &[("UserName", name)]).await;
        let answer = self.iam("CreateAccessKey", &[("UserName", name)]).await;
        let element = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap();
            rest.split('<').next().unwrap().to_owned()
        };
        (element("AccessKeyId"), element("SecretAccessKey"))
    }

    async fn iam(&self, action: &str, form: &[(&str, &str)]) -> String {
        let scope =
            "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
        let form = [form, &[("Action", action), ("Version", "2010-05-08")]].concat();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let request = reqwest::Client::new().post(&self.address).header("authorization", scope).form(&form);
        request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
    }

    fn place(&self, (id, secret): &(String, String)) -> Place {
        Place::new()
            .with_variable("AWS_ENDPOINT_URL_ECR", &self.address)
            .with_variable("AWS_ACCESS_KEY_ID", id)
            .with_variable("AWS_SECRET_ACCESS_KEY", secret)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

async fn ask(place: &Place) -> Result<Found, FailureReason> {
    find(&place.settings(), HOST, Attempt::First).await
}

#[tokio::test]
async fn the_api_gives_a_token_and_makes_repositories() {
    let moto = Moto::start().await;
    let place = moto.place(&moto.allowed);
    let found = ask(&place).await.unwrap();
    assert_eq!(shown(&found.credentials), "AWS 123456789012-auth-token");
    assert!(found.place.contains("eu-west-1"), "{}", found.place);
    let name = format!("{HOST}/team/source-x").parse().unwrap();
    assert_eq!(create_repository(&place.settings(), &name).await, Ok(true));
    assert_eq!(create_repository(&place.settings(), &name).await, Ok(false));

    let profile = format!("[team]\naws_access_key_id={}\naws_secret_access_key={}\n", moto.allowed.0, moto.allowed.1);
    let place = Place::new().with_variable("AWS_ENDPOINT_URL", &moto.address).with_variable("AWS_PROFILE", "team");
    place.write("home/.aws/credentials", &profile);
    assert_eq!(shown(&ask(&place).await.unwrap().credentials), "AWS 123456789012-auth-token");
}

#[tokio::test]
async fn what_amazon_refuses_is_told_apart() {
    let moto = Moto::start().await;
    let place = moto.place(&moto.denied);
    let reason = assert_failure(ask(&place).await, "registry.amazon_denied");
    assert!(reason.message.contains("ecr:GetAuthorizationToken in eu-west-1"), "{}", reason.message);
    let name = format!("{HOST}/team/source-x").parse().unwrap();
    let reason = assert_failure(create_repository(&place.settings(), &name).await, "registry.amazon_denied");
    assert!(reason.message.contains("ecr:CreateRepository"), "{}", reason.message);

    let place = moto.place(&(moto.allowed.0.clone(), SECRET.to_owned()));
    assert_failure(ask(&place).await, "registry.amazon_credentials_invalid");
    let place = moto.place(&("AKIANOBODY".to_owned(), SECRET.to_owned()));
    assert_failure(ask(&place).await, "registry.amazon_credentials_invalid");
}

#[tokio::test]
async fn a_machine_without_aws_credentials_is_anonymous_until_it_has_to_do_more() {
    let place = Place::new();
    assert_eq!(shown(&ask(&place).await.unwrap().credentials), "nobody");
    let name = format!("{HOST}/team/source-x").parse().unwrap();
    let reason = assert_failure(create_repository(&place.settings(), &name).await, "registry.amazon_no_credentials");
    assert!(reason.message.contains("AWS_PROFILE"), "{}", reason.message);
}

#[tokio::test]
async fn a_source_of_credentials_that_fails_is_told() {
    let place = Place::new();
    let script = place.write_program("bin/failing", "echo 'the vault is locked' >&2; exit 1");
    place.write("home/.aws/config", &format!("[default]\ncredential_process = {}\n", script.display()));
    let reason = assert_failure(ask(&place).await, "registry.amazon_credentials_invalid");
    assert!(reason.detail.unwrap().contains("the vault is locked"));
}

#[tokio::test]
async fn a_token_is_asked_for_again_when_it_is_denied_and_not_before() {
    let server = Server::start(|_: &Asked| {
        let token = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, "AWS:token");
        answer(
            200,
            json!({"authorizationData": [{"authorizationToken": token, "expiresAt": 32_503_680_000.5}]}).to_string(),
        )
    })
    .await;
    let place = Place::new()
        .with_variable("AWS_ENDPOINT_URL_ECR", format!("http://{}/", server.host))
        .with_variable("AWS_ACCESS_KEY_ID", "AKIA")
        .with_variable("AWS_SECRET_ACCESS_KEY", SECRET);
    for _ in 0..3 {
        assert_eq!(shown(&ask(&place).await.unwrap().credentials), "AWS token");
    }
    assert_eq!(server.asked().len(), 1);
    let renewed = find(&place.settings(), HOST, Attempt::AfterDenied).await.unwrap();
    assert_eq!(shown(&renewed.credentials), "AWS token");
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].header("x-amz-target"), "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken");
    assert!(asked[0].header("authorization").contains("/eu-west-1/ecr/aws4_request"));
}

/// A machine of Amazon's cloud with a role, and the API of ECR, in one; the instance's way and the container's.
async fn cloud() -> Server {
    Server::start(|asked: &Asked| {
        let role = json!({
            "Code": "Success", "AccessKeyId": "ASIAROLE", "SecretAccessKey": SECRET, "Token": "session token",
            "Expiration": "2999-01-01T00:00:00Z",
        });
        match asked.line.as_str() {
            "PUT /latest/api/token" => answer(200, "metadata token"),
            "GET /latest/meta-data/iam/security-credentials/" => answer(200, "puller"),
            "GET /latest/meta-data/iam/security-credentials/puller" | "GET /task" => answer(200, role.to_string()),
            _ => answer(200, json!({"authorizationData": {"authorizationToken": "QVdTOnRva2Vu"}}).to_string()),
        }
    })
    .await
}

#[tokio::test]
async fn the_role_of_a_machine_and_of_a_task_ask_for_a_token() {
    for is_task in [true, false] {
        let server = cloud().await;
        let address = format!("http://{}", server.host);
        let place = Place::new().with_variable("AWS_ENDPOINT_URL", address.clone());
        let place = match is_task {
            true => place.with_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{address}/task")),
            false => place
                .with_variable("AWS_EC2_METADATA_DISABLED", "false")
                .with_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", address),
        };
        assert_eq!(shown(&ask(&place).await.unwrap().credentials), "AWS token");
        let asked = server.asked();
        let last = asked.last().unwrap();
        assert!(last.header("authorization").contains("Credential=ASIAROLE/"), "{last:?}");
        assert_eq!(last.header("x-amz-security-token"), "session token");
    }
}

#[tokio::test]
async fn the_public_registry_has_an_api_of_its_own() {
    let server = cloud().await;
    let place = Place::new()
        .with_variable("AWS_ENDPOINT_URL_ECR_PUBLIC", format!("http://{}", server.host))
        .with_variable("AWS_ACCESS_KEY_ID", "AKIA")
        .with_variable("AWS_SECRET_ACCESS_KEY", SECRET);
    let found = find(&place.settings(), "public.ecr.aws", Attempt::First).await.unwrap();
    assert_eq!(shown(&found.credentials), "AWS token");
    let name = "public.ecr.aws/alias/team/x".parse().unwrap();
    assert_eq!(create_repository(&place.settings(), &name).await, Ok(true));
    let asked = server.asked();
    assert_eq!(asked[0].header("x-amz-target"), "SpencerFrontendService.GetAuthorizationToken");
    assert!(asked[0].header("authorization").contains("/us-east-1/ecr-public/aws4_request"));
    assert_eq!(asked[1].body, r#"{"repositoryName":"team/x"}"#);
}

#[tokio::test]
async fn an_answer_with_the_request_in_it_is_not_shown_whole() {
    let server = Server::start(|_: &Asked| {
        let said = format!("The signature does not match.\n\nThe Canonical String was x-amz-security-token:{SECRET}");
        answer(400, json!({"__type": "com.amazon.coral#InvalidSignatureException", "message": said}).to_string())
    })
    .await;
    let place = Place::new()
        .with_variable("AWS_ENDPOINT_URL_ECR", format!("http://{}", server.host))
        .with_variable("AWS_ACCESS_KEY_ID", "AKIA")
        .with_variable("AWS_SECRET_ACCESS_KEY", "another");
    let reason = assert_failure(ask(&place).await, "registry.amazon_credentials_invalid");
    assert_eq!(reason.detail.as_deref(), Some("InvalidSignatureException: The signature does not match."));
}

#[tokio::test]
async fn an_api_that_is_not_there_may_come_back() {
    let server = Server::start(|_: &Asked| answer(503, "<html>")).await;
    let place = |url: String| {
        let place = Place::new().with_variable("AWS_ENDPOINT_URL_ECR", url);
        place.with_variable("AWS_ACCESS_KEY_ID", "AKIA").with_variable("AWS_SECRET_ACCESS_KEY", SECRET)
    };
    for url in [format!("http://{}", server.host), "http://127.0.0.1:1".to_owned()] {
        let reason = assert_failure(ask(&place(url)).await, "registry.provider_unreachable");
        assert!(reason.message.contains("eu-west-1"), "{}", reason.message);
    }
}
