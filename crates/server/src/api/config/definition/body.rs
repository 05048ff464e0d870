//! The bodies of the calls for definitions of sources and of destinations: the same but for the names of some keys.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// What the answers for both have in common.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DefinitionFields {
    pub(crate) name: String,
    pub(crate) docker_repository: String,
    pub(crate) docker_image_tag: String,
    pub(crate) documentation_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) icon: Option<String>,
    pub(crate) protocol_version: String,
    /// Added by somebody here.
    pub(crate) custom: bool,
    pub(crate) enterprise: bool,
    /// `certified` for what is part of the program, else `none`.
    pub(crate) support_level: &'static str,
    /// `generally_available` or `custom`.
    pub(crate) release_stage: &'static str,
    pub(crate) source_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_requirements: Option<Value>,
    pub(crate) language: &'static str,
}

/// A connector to be added.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DefinitionCreate {
    pub(crate) name: String,
    pub(crate) docker_repository: String,
    #[serde(default, deserialize_with = "crate::api::config::catalog::null_is_default")]
    pub(crate) docker_image_tag: String,
    pub(crate) documentation_url: Option<String>,
    pub(crate) icon: Option<String>,
    pub(crate) resource_requirements: Option<Value>,
    /// A whole specification; without it the connector is asked.
    #[schema(value_type = Option<Object>)]
    pub(crate) connector_specification: Option<longshore_protocol::RawJson>,
}

/// Where a connector is to be added.
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    pub(crate) workspace: Option<Uuid>,
    pub(crate) other: Option<Uuid>,
    pub(crate) kind: Option<ScopeType>,
}

/// What an id in `scopeId` is the id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScopeType {
    /// A workspace.
    Workspace,
    /// The organization: the whole instance.
    Organization,
}

/// What changes of a definition.
pub(crate) struct ChangeBody {
    pub(crate) id: Uuid,
    pub(crate) tag: Option<String>,
    pub(crate) name: Option<String>,
    /// Empty: there is none any more.
    pub(crate) documentation_url: Option<String>,
    pub(crate) resource_requirements: Option<Value>,
}

macro_rules! bodies {
    ($id:tt, $new:tt, $many:tt,
     $IdBody:ident, $Create:ident, $Update:ident, $Read:ident, $ReadList:ident, $SpecRead:ident) => {
        /// By id; the workspace does not matter.
        #[derive(Deserialize, ToSchema)]
        pub(crate) struct $IdBody {
            #[serde(rename = $id)]
            pub(crate) id: Uuid,
        }

        /// A connector to be added.
        #[derive(Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $Create {
            workspace_id: Option<Uuid>,
            scope_id: Option<Uuid>,
            scope_type: Option<ScopeType>,
            #[serde(rename = $new)]
            pub(crate) definition: DefinitionCreate,
        }

        impl $Create {
            pub(crate) fn parts(self) -> (Scope, DefinitionCreate) {
                let scope = Scope { workspace: self.workspace_id, other: self.scope_id, kind: self.scope_type };
                (scope, self.definition)
            }
        }

        /// What changes; another tag asks the connector for its specification.
        #[derive(Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $Update {
            #[serde(rename = $id)]
            id: Uuid,
            docker_image_tag: Option<String>,
            name: Option<String>,
            documentation_url: Option<String>,
            resource_requirements: Option<Value>,
        }

        impl From<$Update> for ChangeBody {
            fn from(body: $Update) -> Self {
                Self {
                    id: body.id,
                    tag: body.docker_image_tag,
                    name: body.name,
                    documentation_url: body.documentation_url,
                    resource_requirements: body.resource_requirements,
                }
            }
        }

        /// One.
        #[derive(Clone, Serialize, ToSchema)]
        pub(crate) struct $Read {
            #[serde(rename = $id)]
            pub(crate) id: Uuid,
            #[serde(flatten)]
            pub(crate) fields: DefinitionFields,
        }

        /// Several.
        #[derive(Clone, Serialize, ToSchema)]
        pub(crate) struct $ReadList {
            #[serde(rename = $many)]
            pub(crate) list: Vec<$Read>,
        }

        /// What a connector needs.
        #[derive(Clone, Serialize, ToSchema)]
        pub(crate) struct $SpecRead {
            #[serde(rename = $id)]
            pub(crate) id: Uuid,
            #[serde(rename = "documentationUrl", skip_serializing_if = "Option::is_none")]
            pub(crate) documentation_url: Option<String>,
            /// JSON Schema of its configuration.
            #[serde(rename = "connectionSpecification")]
            #[schema(value_type = Object)]
            pub(crate) connection_specification: longshore_protocol::RawJson,
            #[serde(rename = "advancedAuth", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<Object>)]
            pub(crate) advanced_auth: Option<longshore_protocol::RawJson>,
            #[serde(rename = "supportedDestinationSyncModes", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<Vec<String>>)]
            pub(crate) supported_destination_sync_modes: Option<Vec<longshore_protocol::DestinationSyncMode>>,
            #[serde(rename = "jobInfo")]
            pub(crate) job_info: crate::api::config::check::SynchronousJobRead,
        }
    };
}

bodies!(
    "sourceDefinitionId",
    "sourceDefinition",
    "sourceDefinitions",
    SourceDefinitionIdBody,
    CustomSourceDefinitionCreate,
    SourceDefinitionUpdate,
    SourceDefinitionRead,
    SourceDefinitionReadList,
    SourceDefinitionSpecificationRead
);
bodies!(
    "destinationDefinitionId",
    "destinationDefinition",
    "destinationDefinitions",
    DestinationDefinitionIdBody,
    CustomDestinationDefinitionCreate,
    DestinationDefinitionUpdate,
    DestinationDefinitionRead,
    DestinationDefinitionReadList,
    DestinationDefinitionSpecificationRead
);
