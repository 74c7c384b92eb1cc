create or replace package crm_err
   authid definer
is
   /**
   Every error of the integration: exception, number and sentence; numbers are never used again.
   -20020: kept trigger; -20100 to -20109: calls; -20110 to -20119: outbox and inbox; -20120 to -20129: data;
   -20130 to -20139: settings; -20140 to -20149: comparison; -20300 to -20399: steps of a change;
   -20400 to -20499: merge and conflicts; -20500 to -20599: operators.

   Owns:    nothing
   Commits: never
   */

   /** A change of LEADS could not be taken into the ERP. */
   e_lead_not_taken  exception;
   co_lead_not_taken constant pls_integer := -20020;
   pragma exception_init(e_lead_not_taken, -20020);

   /** An argument is outside its range. */
   e_invalid_argument  exception;
   co_invalid_argument constant pls_integer := -20100;
   pragma exception_init(e_invalid_argument, -20100);

   /** The outcome is not one of those that the routine knows. */
   e_invalid_outcome  exception;
   co_invalid_outcome constant pls_integer := -20101;
   pragma exception_init(e_invalid_outcome, -20101);

   /** The claim is over: its lease was given back or taken by another worker. Nothing was changed. */
   e_stale_claim  exception;
   co_stale_claim constant pls_integer := -20110;
   pragma exception_init(e_stale_claim, -20110);

   /** No event has this id. */
   e_unknown_event  exception;
   co_unknown_event constant pls_integer := -20111;
   pragma exception_init(e_unknown_event, -20111);

   /** Only a parked event can be replayed. */
   e_not_parked  exception;
   co_not_parked constant pls_integer := -20112;
   pragma exception_init(e_not_parked, -20112);

   /** Another record has this lead of the CRM already. */
   e_crm_id_taken  exception;
   co_crm_id_taken constant pls_integer := -20120;
   pragma exception_init(e_crm_id_taken, -20120);

   /** A record key is the client code, a hyphen and the branch code. */
   e_invalid_record_key  exception;
   co_invalid_record_key constant pls_integer := -20121;
   pragma exception_init(e_invalid_record_key, -20121);

   /** The text is not the JSON that the routine expects. */
   e_invalid_json  exception;
   co_invalid_json constant pls_integer := -20122;
   pragma exception_init(e_invalid_json, -20122);

   /** There is no such setting, or it is not a number. */
   e_invalid_setting  exception;
   co_invalid_setting constant pls_integer := -20130;
   pragma exception_init(e_invalid_setting, -20130);

   /** The run does not exist or is in another state than the call needs. */
   e_invalid_run  exception;
   co_invalid_run constant pls_integer := -20140;
   pragma exception_init(e_invalid_run, -20140);

   /** A run of this kind is open: it is resumed or given up before another one starts. */
   e_run_open  exception;
   co_run_open constant pls_integer := -20141;
   pragma exception_init(e_run_open, -20141);

   /** The run was resumed by another process; this one has lost it. */
   e_run_lost  exception;
   co_run_lost constant pls_integer := -20142;
   pragma exception_init(e_run_lost, -20142);

   /** No record has this key. */
   e_unknown_record  exception;
   co_unknown_record constant pls_integer := -20300;
   pragma exception_init(e_unknown_record, -20300);

   /** The stage is not known, or crm_stage_moves does not allow the move. */
   e_stage_not_allowed  exception;
   co_stage_not_allowed constant pls_integer := -20301;
   pragma exception_init(e_stage_not_allowed, -20301);

   /** Not exactly one row of the ERP is meant. */
   e_ambiguous  exception;
   co_ambiguous constant pls_integer := -20302;
   pragma exception_init(e_ambiguous, -20302);

   /** No open conflict has this id. */
   e_unknown_conflict  exception;
   co_unknown_conflict constant pls_integer := -20400;
   pragma exception_init(e_unknown_conflict, -20400);

   /** A conflict cannot be resolved like this. */
   e_invalid_choice  exception;
   co_invalid_choice constant pls_integer := -20401;
   pragma exception_init(e_invalid_choice, -20401);

   /** The record is being worked on at this moment. */
   e_record_leased  exception;
   co_record_leased constant pls_integer := -20402;
   pragma exception_init(e_record_leased, -20402);

   /** An action of an operator needs a name, a reason or a filter that says what is meant. */
   e_invalid_action  exception;
   co_invalid_action constant pls_integer := -20500;
   pragma exception_init(e_invalid_action, -20500);

   /** The branch takes part in the ERP still: its data would be read again, were it not kept out. */
   e_record_live  exception;
   co_record_live constant pls_integer := -20501;
   pragma exception_init(e_record_live, -20501);

   /** Oracle's own: row locked by another session (nowait). */
   e_resource_busy exception;
   pragma exception_init(e_resource_busy, -54);

   /** Oracle's own: some iterations of a forall failed (save exceptions). */
   e_bulk_errors exception;
   pragma exception_init(e_bulk_errors, -24381);

   /** Oracle's own: a statement has made or compiled a unit that has errors. */
   e_compiled_with_errors exception;
   pragma exception_init(e_compiled_with_errors, -24344);

   /** Oracle's own: the text is not JSON. */
   e_json_syntax exception;
   pragma exception_init(e_json_syntax, -40441);

   /** Number of a violated unique constraint, as sql%bulk_exceptions reports it. */
   co_duplicate constant pls_integer := 1;

   /**
   Raises an error of this catalogue with its sentence.
   - @param in_number  one of the constants above
   - @param in_detail  the offending value and the allowed ones; no personal data
   */
   procedure raise_error(
      in_number in pls_integer,
      in_detail in varchar2 default null
   );

   /**
   An action of an operator needs this.
   - @param in_name  what is missing, for the message
   - @throws e_invalid_action
   */
   procedure assert_given(
      in_name  in varchar2,
      in_value in varchar2
   );

   /**
   Is an error about the values of a row, so that the next attempt on that row meets it again, and no other row does?
   Not so: a conflict with another session, space, privileges, code or settings. Whoever works on many rows sets the row
   aside for such an error and goes on; see crm_inbox.claim.
   - @param in_code  sqlcode in a handler
   */
   function is_about_value(in_code in pls_integer) return boolean deterministic;

   /** The sentence of an error; null for a number that is not in the catalogue. */
   function sentence(in_number in pls_integer) return varchar2;
end crm_err;
/
