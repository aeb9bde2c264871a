//! What can be said of tasks and services.

use crate::host::services::ServiceError;
use crate::schedule::tasks::TaskError;

/// What is said of tasks and services.
pub enum Fact {
    /// The task is as `install` would register it.
    Fine(&'static str),
    /// There is no such task.
    Absent(&'static str),
    /// The task does something else.
    Different {
        /// Its name.
        name: &'static str,
        /// The first element that differs.
        element: String,
    },
    /// The tasks cannot be read.
    Unreadable(TaskError),
    /// There are no tasks on this system.
    Elsewhere,
    /// The predecessor is not installed.
    Alone,
    /// The predecessor is still installed as this service.
    Predecessor(String),
    /// The services cannot be listed.
    Services(ServiceError),
}
