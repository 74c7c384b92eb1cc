create or replace package crm_test_outbox
   authid definer
is
   --%suite(outbox: claim, coalescing, lease, fence, doubt, retry, park)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(a claim returns the change with its document and a lease on the record)
   procedure claim_returns_document;

   --%test(a claim of nothing returns an empty collection)
   procedure claim_of_nothing;

   --%test(ten changes of one record become one claim of the newest version)
   procedure burst_coalesces;

   --%test(two records are claimed together, oldest change first)
   procedure two_records;

   --%test(a batch of one leaves the other record for the next claim)
   procedure batch_limit;

   --%test(a record that is leased is not claimed again)
   procedure leased_record_is_skipped;

   --%test(a change that comes while the record is leased is claimed after settling)
   procedure change_during_lease;

   --%test(a delivered change writes the agreed image, hash, version and lead id)
   procedure delivered_writes_agreement;

   --%test(the id of the lead is stored in the ERP and captures nothing)
   procedure crm_id_reaches_erp;

   --%test(a change whose content equals the agreed image is settled without a call)
   procedure equal_content_is_unchanged;

   --%test(an update names only the fields that differ from the agreed image)
   procedure changed_fields_only;

   --%test(a value that becomes null is a changed field)
   procedure null_is_a_change;

   --%test(a retry keeps the idempotency key and counts the attempt)
   procedure retry_keeps_key;

   --%test(a retry is not claimed before its time)
   procedure retry_waits;

   --%test(a rate limit does not count as a failure)
   procedure rate_limit_does_not_count;

   --%test(a change is parked when it has failed too often)
   procedure parked_after_max_failures;

   --%test(an attempt of unknown outcome is claimed again in doubt, with its fields)
   procedure in_doubt_is_remembered;

   --%test(a doubt survives the change that caused it)
   procedure doubt_passes_to_newer_version;

   --%test(in doubt, equal content is sent all the same)
   procedure doubt_prevents_unchanged;

   --%test(a lease that runs out is given to another worker, in doubt)
   procedure expired_lease;

   --%test(a new process of a worker gets its leases back)
   procedure worker_restarts;

   --%test(settling with an old token changes nothing)
   --%throws(-20110)
   procedure old_token_is_refused;

   --%test(the lease of a record is its newest token's alone)
   --%throws(-20110)
   procedure lease_has_one_token;

   --%test(a lease that was given back is nobody's)
   --%throws(-20110)
   procedure lease_given_back_is_over;

   --%test(settling twice is refused)
   --%throws(-20110)
   procedure settle_twice_is_refused;

   --%test(an unknown outcome is refused)
   --%throws(-20101)
   procedure unknown_outcome_is_refused;

   --%test(an unknown event is refused)
   --%throws(-20111)
   procedure unknown_event_is_refused;

   --%test(a batch of zero is refused)
   --%throws(-20100)
   procedure batch_of_zero_is_refused;

   --%test(the lead of one record cannot be given to another)
   --%throws(-20120)
   procedure crm_id_is_unique;

   --%test(a parked change that is overtaken by a delivery is superseded)
   procedure delivery_overtakes_parked;

   --%test(a parked change can be replayed)
   procedure replay;

   --%test(a branch that no longer takes part is claimed as a removal)
   procedure removal;

   --%test(a removal of what was never sent needs no call)
   procedure removal_of_unsent;

   --%test(a change that committed late is claimed under a new version)
   procedure latecomer_is_renumbered;

   --%test(the initial load requests each unsent branch once)
   procedure initial_load;

   --%test(the initial load goes on piece after piece, and begins anywhere)
   procedure initial_load_in_pieces;

   --%test(a piece of the initial load has a limit)
   --%throws(-20100)
   procedure piece_too_large;
end crm_test_outbox;
/
