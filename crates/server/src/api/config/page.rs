//! Pages of the Config API: a size and the number of rows before, in the body.

use longshore_control_plane::Page;
use serde::Deserialize;
use utoipa::ToSchema;

/// Which page of a list.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pagination {
    /// How many, at most.
    #[schema(minimum = 1)]
    pub(crate) page_size: Option<u32>,
    /// How many are left out before.
    #[schema(minimum = 0)]
    pub(crate) row_offset: Option<u32>,
}

/// The page that a body asks for.
pub(crate) fn page(asked: Option<Pagination>, size: u32) -> Page {
    let asked = asked.unwrap_or_default();
    Page { limit: asked.page_size.unwrap_or(size).clamp(1, MOST), offset: asked.row_offset.unwrap_or(0) }
}

const MOST: u32 = 1_000;

/// A body that asks for nothing but a page.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct PaginationBody {
    pagination: Option<Pagination>,
}

impl PaginationBody {
    /// How many rows come before the page.
    pub(crate) fn offset(&self) -> u32 {
        self.pagination.unwrap_or_default().row_offset.unwrap_or(0)
    }
}
