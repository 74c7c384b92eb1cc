create or replace package crm_test_inbox
   authid definer
is
   --%suite(inbox: webhooks stored once, claimed one per lead)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(a webhook is stored with its body)
   procedure stored_with_body;

   --%test(the same key again stores no second row)
   procedure same_key_is_duplicate;

   --%test(a repetition after the webhook was settled makes it due again)
   procedure repetition_is_due_again;

   --%test(a repetition while the webhook is worked on makes it due again when settled)
   procedure repetition_in_flight;

   --%test(the newest webhook of a lead is claimed, older ones are settled with it)
   procedure newest_per_lead;

   --%test(a claimed webhook holds the lease of the record)
   procedure claim_takes_lease;

   --%test(a webhook of a leased record waits)
   procedure leased_record_waits;

   --%test(a change waits while a webhook of its record is due)
   procedure webhook_goes_before_change;

   --%test(a webhook of an unknown lead is claimed without a record)
   procedure unknown_lead;

   --%test(of an unknown lead one webhook is claimed at a time, the oldest first)
   procedure unknown_lead_one_by_one;

   --%test(a webhook of an unknown lead does not wait for an older one that waits for its retry)
   procedure unknown_lead_retry_waits;

   --%test(webhooks that name no lead are claimed side by side)
   procedure no_lead_at_all;

   --%test(a webhook that waits for its retry holds back what the ERP sends of its lead, and not for ever)
   procedure waiting_retry_holds_back;

   --%test(a retry waits for its time)
   procedure retry_waits;

   --%test(a webhook that fails too often is parked)
   procedure parked_after_max_failures;

   --%test(settling with an old token is refused)
   --%throws(-20110)
   procedure old_token_is_refused;

   --%test(a webhook cannot be settled as applied by the worker)
   --%throws(-20101)
   procedure unknown_outcome_is_refused;

   --%test(a new process of a worker gets unknown leads back)
   procedure worker_restarts;
end crm_test_inbox;
/
