//! Lists, page by page. The bank's own `next` links are followed, never made up, and only as long as
//! they stay below the base URL.

use std::fmt;
use std::marker::PhantomData;

use crate::key::KeyText;
use crate::quickstream::ask::{Ask, JSON_BYTES_MAX, Verb};
use crate::quickstream::base::Place;
use crate::quickstream::client::{Client, Exchange};
use crate::quickstream::fault::{Fault, FaultKind};
use crate::quickstream::json::Fields;
use crate::quickstream::limit::Priority;
use crate::quickstream::link::Link;

/// Something that the bank lists.
pub trait Listed: Sized {
    /// Reads it from its fields; `None` if what makes it what it is is missing.
    fn read(fields: Fields) -> Option<Self>;
}

/// One page of a list: up to 20 things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub data: Vec<T>,
    /// Where it leads.
    pub links: Vec<Link>,
}

/// Goes through a list. After a fault it stands where it stood, and can be asked again.
pub struct Pager<T> {
    client: Client,
    key: KeyText,
    endpoint: &'static str,
    priority: Priority,
    next: Option<Place>,
    pages_left: usize,
    of: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Pager<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pager = &mut f.debug_struct("Pager");
        pager.field("endpoint", &self.endpoint).field("pages_left", &self.pages_left);
        pager.finish_non_exhaustive()
    }
}

impl Client {
    /// Goes through the list at `path`, at most `pages_max` pages.
    ///
    /// # Errors
    ///
    /// [`FaultKind::BadPath`] for a path that cannot be asked for.
    pub fn pages<T: Listed>(
        &self,
        key: &KeyText,
        endpoint: &'static str,
        path: &str,
        priority: Priority,
        pages_max: usize,
    ) -> Result<Pager<T>, Fault> {
        let ask = Ask::new(endpoint, Verb::Get, path, priority)?;
        Ok(Pager {
            client: self.clone(),
            key: key.clone(),
            endpoint,
            priority,
            next: Some(self.place(&ask.path)),
            pages_left: pages_max,
            of: PhantomData,
        })
    }
}

impl<T: Listed> Pager<T> {
    /// The next page, or `None` after the last.
    ///
    /// # Errors
    ///
    /// See [`Fault`]. [`FaultKind::TooManyPages`] if the list goes on after the last page that may
    /// be read: what was read is not all of it.
    pub async fn next(&mut self) -> Result<Option<Page<T>>, Fault> {
        let Some(place) = self.next.clone() else { return Ok(None) };
        if self.pages_left == 0 {
            return Err(Fault::new(FaultKind::TooManyPages, ""));
        }
        let exchange = Exchange {
            endpoint: self.endpoint,
            verb: Verb::Get,
            place: place.clone(),
            priority: self.priority,
            body_bytes_max: JSON_BYTES_MAX,
        };
        let page = self.client.run(&self.key, exchange, |reply, _| read_page(&reply.body)).await?;
        let next = page.links.iter().find(|link| link.rel == "next");
        let next = next.map(|link| self.client.follow(&link.href)).transpose()?;
        if next.as_ref() == Some(&place) {
            return Err(Fault::new(FaultKind::TooManyPages, "a page names itself as the next one"));
        }
        self.pages_left -= 1;
        self.next = next;
        Ok(Some(page))
    }
}

fn read_page<T: Listed>(body: &[u8]) -> Result<Page<T>, Fault> {
    let mut fields = Fields::parse(body).map_err(|kind| Fault::new(kind, ""))?;
    let links = fields.links();
    let data = fields.list("data").into_iter().enumerate().map(|(place, value)| {
        Fields::of(value).and_then(T::read).ok_or_else(|| {
            Fault::new(FaultKind::WrongShape, format!("item {} of the list", place + 1))
        })
    });
    Ok(Page { data: data.collect::<Result<_, _>>()?, links })
}
