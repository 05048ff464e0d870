//! What the outside is told: a message to a webhook, made in the transaction of what it tells, and sent once.

use crate::store::notification::{NewNotification, Outcome};
use crate::store::{self, Change, moment};
use crate::{CatalogDiff, Connection, ControlPlane, Job, JobStatus, Notification, Notifications, Result};
use serde_json::{Value, json};
use uuid::Uuid;

/// How often a message is tried.
const TRIES: i64 = 5;

/// The pause after the first try, which trebles; a try takes less than the lease.
const FIRST_PAUSE_MILLISECONDS: i64 = 10_000;
const LEASE_MILLISECONDS: i64 = 60_000;

/// A message that a worker sends.
#[derive(Clone)]
pub struct ClaimedNotification {
    /// Its number.
    pub id: i64,
    /// Where it goes. May hold a token: no `Debug`.
    pub url: String,
    /// JSON.
    pub body: String,
    /// How often it was tried, with this time.
    pub tries: i64,
    token: Uuid,
}

impl ControlPlane {
    /// Takes the message that has waited longest, if there is one. It has to be finished within a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_notification(&self) -> Result<Option<ClaimedNotification>> {
        let now = moment::milliseconds(self.now());
        let token = Uuid::new_v4();
        let mut change = self.store().change().await?;
        let times = (now, now + LEASE_MILLISECONDS);
        let claimed = store::notification::claim(&mut change, self.store().dialect, &token.to_string(), times).await?;
        change.commit().await?;
        Ok(claimed.map(|claimed| {
            let store::notification::Claimed { id, url, body, tries } = claimed;
            ClaimedNotification { id, url, body, tries, token }
        }))
    }

    /// Says whether it was sent, or why not: then it is tried again later, five times in all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_notification(
        &self,
        notification: &ClaimedNotification,
        sent: std::result::Result<(), String>,
    ) -> Result<()> {
        let now = moment::milliseconds(self.now());
        let outcome = match sent {
            Ok(()) => Outcome { status: "sent", claimable_at: None, problem: None, ended_at: Some(now) },
            Err(problem) if notification.tries >= TRIES => {
                Outcome { status: "failed", claimable_at: None, problem: Some(problem), ended_at: Some(now) }
            }
            Err(problem) => {
                let times = u32::try_from(notification.tries - 1).unwrap_or(0);
                let pause = FIRST_PAUSE_MILLISECONDS * 3_i64.pow(times.min(10));
                Outcome { status: "pending", claimable_at: Some(now + pause), problem: Some(problem), ended_at: None }
            }
        };
        let mut change = self.store().change().await?;
        store::notification::finish(&mut change, notification.id, &notification.token.to_string(), outcome).await?;
        change.commit().await?;
        Ok(())
    }

    /// A job has ended. Somebody who cancels a job knows it.
    pub(crate) async fn tell_of_job(&self, change: &mut Change<'_>, connection: &Connection, job: &Job) -> Result<()> {
        type Choose = fn(&Notifications) -> &Notification;
        let (word, choose): (&str, Choose) = match job.status {
            JobStatus::Succeeded => ("succeeded", |all| &all.success),
            JobStatus::Failed => ("failed", |all| &all.failure),
            _ => return Ok(()),
        };
        let text = match &job.failure {
            Some(failure) => {
                format!("Job {} of connection \"{}\" {word}: {}", job.id, connection.name, failure.message)
            }
            None => format!("Job {} of connection \"{}\" {word}.", job.id, connection.name),
        };
        let key = format!("job:{}:{word}", job.id);
        self.tell(change, connection, choose, key, &text, job_data(connection, job)).await
    }

    pub(crate) async fn tell_of_disabling(
        &self,
        change: &mut Change<'_>,
        connection: &Connection,
        job: &Job,
    ) -> Result<()> {
        let why = connection.status_reason.as_deref().unwrap_or_default();
        let text = format!("Connection \"{}\" was {why}.", connection.name);
        let key = format!("job:{}:disabled", job.id);
        self.tell(change, connection, |all| &all.sync_disabled, key, &text, job_data(connection, job)).await
    }

    /// Once for each row of failures: `streak` names it.
    pub(crate) async fn tell_of_coming_disabling(
        &self,
        change: &mut Change<'_>,
        connection: &Connection,
        job: &Job,
        streak: i64,
    ) -> Result<()> {
        let text = format!(
            "Connection \"{}\" fails again and again; it will be switched off if nobody mends it.",
            connection.name
        );
        let key = format!("connection:{}:warned:{streak}", connection.id);
        self.tell(change, connection, |all| &all.sync_disabled_warning, key, &text, job_data(connection, job)).await
    }

    /// The source's schema has changed.
    pub(crate) async fn tell_of_schema(
        &self,
        change: &mut Change<'_>,
        connection: &Connection,
        diff: &CatalogDiff,
        needs_action: bool,
    ) -> Result<()> {
        let choose: fn(&Notifications) -> &Notification =
            if needs_action { |all| &all.connection_update_action_required } else { |all| &all.connection_update };
        let what = if diff.is_breaking { "in a way that breaks the connection" } else { "" };
        let text = format!("The schema of the source of connection \"{}\" has changed {what}", connection.name);
        let text = format!("{}.", text.trim_end());
        let catalog = connection.catalog_id.map(|id| id.to_string()).unwrap_or_default();
        let key = format!("connection:{}:schema:{catalog}:{}", connection.id, self.now().as_millisecond());
        let mut data = data(connection);
        data["isBreaking"] = json!(diff.is_breaking);
        data["catalogDiff"] = json!(diff);
        self.tell(change, connection, choose, key, &text, data).await
    }

    async fn tell(
        &self,
        change: &mut Change<'_>,
        connection: &Connection,
        choose: fn(&Notifications) -> &Notification,
        dedup_key: String,
        text: &str,
        data: Value,
    ) -> Result<()> {
        let workspace = store::workspace::get(&mut **change, connection.workspace_id).await?;
        let Some(workspace) = workspace else { return Ok(()) };
        let chosen = choose(&workspace.notifications);
        let Some(url) = chosen.webhook.clone().filter(|url| chosen.webhook_enabled && !url.trim().is_empty()) else {
            return Ok(());
        };
        let mut data = data;
        data["workspace"] = json!({ "id": workspace.id, "name": workspace.name });
        data["notificationId"] = json!(dedup_key);
        let body = json!({ "text": text, "data": data }).to_string();
        let new = NewNotification { dedup_key, workspace_id: workspace.id, url, body };
        store::notification::insert(change, new, moment::milliseconds(self.now())).await
    }
}

fn data(connection: &Connection) -> Value {
    json!({
        "connection": { "id": connection.id, "name": connection.name },
        "source": { "id": connection.source_id },
        "destination": { "id": connection.destination_id },
    })
}

fn job_data(connection: &Connection, job: &Job) -> Value {
    let mut data = data(connection);
    data["jobId"] = json!(job.id);
    data["jobType"] = json!(job.kind);
    data["success"] = json!(job.status == JobStatus::Succeeded);
    data["startedAt"] = json!(job.created_at.to_string());
    data["recordsCommitted"] = json!(job.records_committed);
    data["bytesCommitted"] = json!(job.bytes_committed);
    if let Some(ended_at) = job.ended_at {
        data["finishedAt"] = json!(ended_at.to_string());
        data["durationInSeconds"] = json!(ended_at.duration_since(job.created_at).as_secs());
    }
    if let Some(failure) = job.failure.as_ref().filter(|_| job.status != JobStatus::Succeeded) {
        data["errorMessage"] = json!(failure.message);
        data["errorType"] = json!(failure.kind);
        data["errorOrigin"] = json!(failure.origin);
        data["errorCode"] = json!(failure.code);
    }
    data
}
