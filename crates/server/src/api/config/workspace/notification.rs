//! What a workspace tells and where, in the words of the Config API.

use longshore_control_plane::{Notification, Notifications};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is told, and where; what is absent in a change stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NotificationSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    send_on_failure: Option<NotificationItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_on_success: Option<NotificationItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_on_connection_update: Option<NotificationItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_on_connection_update_action_required: Option<NotificationItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_on_sync_disabled: Option<NotificationItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_on_sync_disabled_warning: Option<NotificationItem>,
}

/// Where one thing is told.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NotificationItem {
    /// `slack` for a webhook, `customerio` for e-mail.
    #[serde(deserialize_with = "crate::api::config::catalog::null_is_default")]
    notification_type: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slack_configuration: Option<SlackConfiguration>,
}

/// A webhook.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct SlackConfiguration {
    webhook: String,
}

const WEBHOOK: &str = "slack";
const EMAIL: &str = "customerio";

impl From<&Notification> for NotificationItem {
    fn from(notification: &Notification) -> Self {
        let words = [(WEBHOOK, notification.webhook_enabled), (EMAIL, notification.email)];
        Self {
            notification_type: words.iter().filter(|(_, is_on)| *is_on).map(|(word, _)| (*word).to_owned()).collect(),
            slack_configuration: notification.webhook.clone().map(|webhook| SlackConfiguration { webhook }),
        }
    }
}

impl From<NotificationItem> for Notification {
    fn from(item: NotificationItem) -> Self {
        let has = |word: &str| item.notification_type.iter().any(|known| known == word);
        let (email, webhook_enabled) = (has(EMAIL), has(WEBHOOK));
        let webhook = item.slack_configuration.map(|slack| slack.webhook).filter(|url| !url.is_empty());
        Self { email, webhook, webhook_enabled }
    }
}

impl From<&Notifications> for NotificationSettings {
    fn from(notifications: &Notifications) -> Self {
        Self {
            send_on_failure: Some((&notifications.failure).into()),
            send_on_success: Some((&notifications.success).into()),
            send_on_connection_update: Some((&notifications.connection_update).into()),
            send_on_connection_update_action_required: Some((&notifications.connection_update_action_required).into()),
            send_on_sync_disabled: Some((&notifications.sync_disabled).into()),
            send_on_sync_disabled_warning: Some((&notifications.sync_disabled_warning).into()),
        }
    }
}

impl NotificationSettings {
    /// These over those that are there.
    pub(crate) fn over(self, mut of: Notifications) -> Notifications {
        for (change, notification) in [
            (self.send_on_failure, &mut of.failure),
            (self.send_on_success, &mut of.success),
            (self.send_on_connection_update, &mut of.connection_update),
            (self.send_on_connection_update_action_required, &mut of.connection_update_action_required),
            (self.send_on_sync_disabled, &mut of.sync_disabled),
            (self.send_on_sync_disabled_warning, &mut of.sync_disabled_warning),
        ] {
            if let Some(change) = change {
                *notification = change.into();
            }
        }
        of
    }
}
