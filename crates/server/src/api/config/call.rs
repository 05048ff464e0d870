//! A call of the Config API: a POST, a JSON body, a JSON answer. The role that it needs stands once, where it is routed:
//! the document tells it and the handler asks for it.

use crate::caller::Caller;
use crate::json::{Json, Opaque};
use crate::problem::Result;
use crate::settings::Server;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, post};
use longshore_control_plane::{By, ControlPlane, Role, WorkspaceId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder, Schema};
use utoipa_axum::router::OpenApiRouter;

/// What a caller must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Anybody who is logged in; what is answered is theirs.
    Login,
    /// This role in the workspace of what is asked for.
    Workspace(Role),
    /// The administrator of the instance.
    Instance,
}

/// Read only.
pub(crate) const READER: Needs = Needs::Workspace(Role::Reader);
/// Starts and cancels jobs.
pub(crate) const RUNNER: Needs = Needs::Workspace(Role::Runner);
/// Changes what is synced.
pub(crate) const EDITOR: Needs = Needs::Workspace(Role::Editor);
/// Changes who may do what.
pub(crate) const ADMIN: Needs = Needs::Workspace(Role::Admin);

impl Needs {
    /// The word of `x-role`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Login => "user",
            Self::Workspace(Role::Reader) => "reader",
            Self::Workspace(Role::Runner) => "runner",
            Self::Workspace(Role::Editor) => "editor",
            Self::Workspace(Role::Admin) => "admin",
            Self::Instance => "instance_admin",
        }
    }
}

/// One call.
pub(crate) struct Call<B> {
    pub(crate) server: Server,
    pub(crate) caller: Caller,
    pub(crate) body: B,
    needs: Needs,
}

impl<B> Call<B> {
    /// The same call with its body in other words.
    pub(crate) fn map<C>(self, change: impl FnOnce(B) -> C) -> Call<C> {
        Call { server: self.server, caller: self.caller, body: change(self.body), needs: self.needs }
    }

    /// The call without its body, and its body.
    pub(crate) fn split(self) -> (Call<()>, B) {
        let Self { server, caller, body, needs } = self;
        (Call { server, caller, body: (), needs }, body)
    }

    /// Whether the caller may do this where a thing belongs to a workspace or to the whole instance.
    pub(crate) fn allowed_where(&self, workspace: Option<WorkspaceId>) -> Result<()> {
        match (workspace, self.needs) {
            (Some(workspace), _) => self.allowed_in(workspace),
            // What belongs to the instance is there for everybody to see.
            (None, Needs::Login | Needs::Workspace(Role::Reader)) => Ok(()),
            (None, _) => self.caller.needs_instance_admin(),
        }
    }

    /// The rules and the store.
    pub(crate) fn plane(&self) -> &ControlPlane {
        &self.server.plane
    }

    /// Who asks.
    pub(crate) fn by(&self) -> By {
        self.caller.by()
    }

    /// Whether the caller may do this in a workspace.
    pub(crate) fn allowed_in(&self, workspace: WorkspaceId) -> Result<()> {
        match self.needs {
            Needs::Login => Ok(()),
            Needs::Workspace(role) => self.caller.needs(role, workspace),
            Needs::Instance => self.caller.needs_instance_admin(),
        }
    }
}

/// A body without anything in it.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct Nothing {}

/// The calls of one resource.
pub(crate) struct Calls {
    tag: &'static str,
    router: OpenApiRouter<Server>,
}

impl Calls {
    /// None yet.
    pub(crate) fn of(tag: &'static str) -> Self {
        Self { tag, router: OpenApiRouter::new() }
    }

    /// A call that answers 200 with JSON.
    pub(crate) fn answer<B, A, F, Fut>(self, path: &'static str, needs: Needs, says: &'static str, handler: F) -> Self
    where
        B: DeserializeOwned + ToSchema + Send + 'static,
        A: Serialize + ToSchema + Send + 'static,
        F: Fn(Call<B>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<A>> + Send + 'static,
    {
        let routed = async move |State(server): State<Server>, caller: Caller, Json(body): Json<B>| {
            handler(Call { server, caller, body, needs }).await.map(axum::Json)
        };
        self.add::<B, A>(path, needs, says, post(routed))
    }

    /// The same for a body that is kept as it stands.
    pub(crate) fn answer_opaque<B, A, F, Fut>(
        self,
        path: &'static str,
        needs: Needs,
        says: &'static str,
        handler: F,
    ) -> Self
    where
        B: DeserializeOwned + ToSchema + Send + 'static,
        A: Serialize + ToSchema + Send + 'static,
        F: Fn(Call<B>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<A>> + Send + 'static,
    {
        let routed = async move |State(server): State<Server>, caller: Caller, Opaque(body): Opaque<B>| {
            handler(Call { server, caller, body, needs }).await.map(axum::Json)
        };
        self.add::<B, A>(path, needs, says, post(routed))
    }

    /// A call that answers 204.
    pub(crate) fn done<B, F, Fut>(mut self, path: &'static str, needs: Needs, says: &'static str, handler: F) -> Self
    where
        B: DeserializeOwned + ToSchema + Send + 'static,
        F: Fn(Call<B>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let routed = async move |State(server): State<Server>, caller: Caller, Json(body): Json<B>| {
            handler(Call { server, caller, body, needs }).await.map(|()| StatusCode::NO_CONTENT)
        };
        let operation = self.operation::<B>(path, needs, says).response("204", described("Done."));
        self.router = self.router.routes((schemas_of::<B>(), paths(path, operation), post(routed)));
        self
    }

    fn add<B: ToSchema, A: ToSchema>(
        mut self,
        path: &'static str,
        needs: Needs,
        says: &'static str,
        route: MethodRouter<Server>,
    ) -> Self {
        let mut schemas = schemas_of::<B>();
        schemas.extend(schemas_of::<A>());
        let success = described("Done.").content("application/json", content_of::<A>());
        let operation = self.operation::<B>(path, needs, says).response("200", success);
        self.router = self.router.routes((schemas, paths(path, operation), route));
        self
    }

    /// What is routed.
    pub(crate) fn router(self) -> OpenApiRouter<Server> {
        self.router
    }

    fn operation<B: ToSchema>(&self, path: &str, needs: Needs, says: &str) -> OperationBuilder {
        let body =
            RequestBodyBuilder::new().content("application/json", content_of::<B>()).required(Some(Required::True));
        OperationBuilder::new()
            .tag(self.tag)
            .operation_id(Some(format!("config{}", path.replace('/', "_"))))
            .summary(Some(says))
            .request_body(Some(body.build()))
            .response("4XX", described("Not done; the body says why."))
            .extensions(Some(Extensions::builder().add("x-role", needs.word()).build()))
    }
}

fn paths(path: &'static str, operation: OperationBuilder) -> Paths {
    let mut paths = Paths::new();
    paths.paths.insert(path.to_owned(), PathItem::new(HttpMethod::Post, operation));
    paths
}

fn described(says: &str) -> ResponseBuilder {
    ResponseBuilder::new().description(says)
}

fn content_of<T: ToSchema>() -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(T::name()))).build()
}

fn schemas_of<T: ToSchema>() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    schemas
}
