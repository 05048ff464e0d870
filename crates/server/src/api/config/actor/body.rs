//! The bodies of the calls for sources and for destinations: the same but for the names of some keys.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// What the answers for both have in common.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActorFields {
    pub(crate) workspace_id: Uuid,
    pub(crate) name: String,
    /// The configuration, secrets masked.
    pub(crate) connection_configuration: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) icon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_allocation: Option<Value>,
    pub(crate) is_version_override_applied: bool,
    pub(crate) support_state: &'static str,
    pub(crate) status: &'static str,
    /// Its configuration is not complete yet.
    pub(crate) is_draft: bool,
    /// Seconds since 1970.
    pub(crate) created_at: i64,
}

/// What a new one is made of.
pub(crate) struct NewBody {
    pub(crate) workspace_id: Uuid,
    pub(crate) definition_id: Uuid,
    pub(crate) name: String,
    pub(crate) configuration: Value,
    pub(crate) resource_allocation: Option<Value>,
    pub(crate) is_draft: bool,
}

/// What changes of one.
pub(crate) struct ChangeBody {
    pub(crate) id: Uuid,
    pub(crate) name: Option<String>,
    pub(crate) configuration: Option<Value>,
    pub(crate) resource_allocation: Option<Value>,
}

/// A configuration that is not saved.
pub(crate) struct UnsavedBody {
    pub(crate) workspace_id: Option<Uuid>,
    pub(crate) definition_id: Option<Uuid>,
    pub(crate) of: Option<Uuid>,
    pub(crate) configuration: Value,
}

macro_rules! bodies {
    ($id:tt, $definition_id:tt, $name:tt, $many:tt,
     $IdBody:ident, $Create:ident, $Update:ident, $Read:ident, $ReadList:ident, $CheckCore:ident, $CheckUpdate:ident) => {
        /// By id.
        #[derive(Deserialize, ToSchema)]
        pub(crate) struct $IdBody {
            #[serde(rename = $id)]
            pub(crate) id: Uuid,
        }

        /// A new one.
        #[derive(Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $Create {
            workspace_id: Uuid,
            #[serde(rename = $definition_id)]
            definition_id: Uuid,
            name: String,
            connection_configuration: Value,
            resource_allocation: Option<Value>,
            /// Its configuration is not complete yet and is not looked at.
            create_as_draft: Option<bool>,
        }

        /// What changes of one.
        #[derive(Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $Update {
            #[serde(rename = $id)]
            id: Uuid,
            name: Option<String>,
            connection_configuration: Option<Value>,
            resource_allocation: Option<Value>,
        }

        /// One.
        #[derive(Clone, Serialize, ToSchema)]
        pub(crate) struct $Read {
            #[serde(rename = $id)]
            pub(crate) id: Uuid,
            #[serde(rename = $definition_id)]
            pub(crate) definition_id: Uuid,
            /// The name of its definition.
            #[serde(rename = $name)]
            pub(crate) definition_name: String,
            #[serde(flatten)]
            pub(crate) fields: ActorFields,
        }

        /// Several.
        #[derive(Clone, Serialize, ToSchema)]
        pub(crate) struct $ReadList {
            #[serde(rename = $many)]
            pub(crate) list: Vec<$Read>,
        }

        /// A configuration that is not saved.
        #[derive(Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $CheckCore {
            workspace_id: Uuid,
            #[serde(rename = $definition_id)]
            definition_id: Uuid,
            connection_configuration: Value,
        }

        /// A changed configuration that is not saved.
        #[derive(Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $CheckUpdate {
            #[serde(rename = $id)]
            id: Uuid,
            connection_configuration: Value,
        }

        impl From<$Create> for NewBody {
            fn from(body: $Create) -> Self {
                Self {
                    workspace_id: body.workspace_id,
                    definition_id: body.definition_id,
                    name: body.name,
                    configuration: body.connection_configuration,
                    resource_allocation: body.resource_allocation,
                    is_draft: body.create_as_draft.unwrap_or_default(),
                }
            }
        }

        impl From<$Update> for ChangeBody {
            fn from(body: $Update) -> Self {
                Self {
                    id: body.id,
                    name: body.name,
                    configuration: body.connection_configuration,
                    resource_allocation: body.resource_allocation,
                }
            }
        }

        impl From<$CheckCore> for UnsavedBody {
            fn from(body: $CheckCore) -> Self {
                Self {
                    workspace_id: Some(body.workspace_id),
                    definition_id: Some(body.definition_id),
                    of: None,
                    configuration: body.connection_configuration,
                }
            }
        }

        impl From<$CheckUpdate> for UnsavedBody {
            fn from(body: $CheckUpdate) -> Self {
                Self {
                    workspace_id: None,
                    definition_id: None,
                    of: Some(body.id),
                    configuration: body.connection_configuration,
                }
            }
        }
    };
}

bodies!(
    "sourceId",
    "sourceDefinitionId",
    "sourceName",
    "sources",
    SourceIdBody,
    SourceCreate,
    SourceUpdate,
    SourceRead,
    SourceReadList,
    SourceCoreConfig,
    SourceUpdateCheck
);
bodies!(
    "destinationId",
    "destinationDefinitionId",
    "destinationName",
    "destinations",
    DestinationIdBody,
    DestinationCreate,
    DestinationUpdate,
    DestinationRead,
    DestinationReadList,
    DestinationCoreConfig,
    DestinationUpdateCheck
);
