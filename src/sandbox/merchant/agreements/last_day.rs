//! The end that an agreement comes to by itself, on the day after its last one.

use super::Step;
use super::script::Act;
use crate::domain::payto_agreement::Event;
use crate::sandbox::merchant::Merchant;
use crate::sandbox::merchant::agenda::Due;
use crate::sandbox::merchant::setting::Setting;

impl Merchant {
    /// Puts an agreement's end on the agenda, once it may come to it: a payer may approve an agreement
    /// when its last day is past already, and may approve another last day.
    pub(super) fn plan_last_day(&mut self, setting: &Setting<'_>, number: u64) {
        let end = self.agreements.change(number, |agreement| {
            agreement.script.retain(|step| step.act != Act::LastDayOver);
            agreement.state.next(Event::Finish)?;
            let at = setting.start_of(agreement.last_day()?.tomorrow().ok()?);
            agreement.script.push(Step { at, act: Act::LastDayOver });
            agreement.script.sort_by_key(|step| step.at);
            Some(at)
        });
        if let Some(at) = end.flatten() {
            self.agenda.note(at, Due::AgreementMoves, number);
        }
    }
}
