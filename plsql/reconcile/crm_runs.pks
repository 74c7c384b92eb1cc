create or replace package crm_runs
   authid definer
   accessible by (
      package crm_bridge_api, package crm_jobs, package crm_test_runs
   )
is
   /**
   Jobs over the whole set of leads or contacts: resynchronisation, validation, polling. The daemon's side reads pages
   of the CRM and hands them in; here they are compared, and what differs is mended or noted. Live changes win: a record
   to which something happened since the page was read is left to the live flow. Nothing is deleted because it was
   absent.

   Owns:    crm_sync_runs, crm_convergence_history
   Commits: never
   */

   /** Kinds of runs. */
   co_resync   constant crm_sync_runs.kind%type := 'RESYNC';
   co_validate constant crm_sync_runs.kind%type := 'VALIDATE';
   co_poll     constant crm_sync_runs.kind%type := 'POLL';

   /**
   Opens a run, or resumes the open one of its kind. Whoever resumes takes the run over.
   - @param in_mode            NEW, RESUME or RESTART (the open one is given up)
   - @param out_position       where to go on; null: at the beginning
   - @param out_has_contacts   N: contacts do not take part, because the setting send_steps is off
   - @throws crm_err.e_run_open, crm_err.e_invalid_run (nothing to resume), crm_err.e_invalid_argument
   */
   procedure open_run(
      in_kind          in  crm_sync_runs.kind%type,
      in_entity        in  crm_sync_runs.entity%type,
      in_mode          in  varchar2,
      in_by            in  crm_sync_runs.started_by%type,
      out_run_id       out crm_sync_runs.run_id%type,
      out_run_token    out crm_sync_runs.run_token%type,
      out_entity       out crm_sync_runs.entity%type,
      out_position     out crm_sync_runs.resume_position%type,
      out_has_contacts out crm_types.flag_type
   );

   /**
   Takes the turn of polling, unless another process had it less than in_every_seconds ago.
   - @param out_run_id  null: it is not our turn
   */
   procedure take_poll(
      in_every_seconds in  number,
      in_by            in  crm_sync_runs.started_by%type,
      out_run_id       out crm_sync_runs.run_id%type,
      out_run_token    out crm_sync_runs.run_token%type,
      out_position     out crm_sync_runs.resume_position%type
   );

   /**
   Tells the time before a page is read.
   - @param out_mark             to be handed in with the page
   - @param out_is_pause_wanted  S: finish as PAUSED instead
   - @throws crm_err.e_run_lost
   */
   procedure begin_page(
      in_run_id           in  crm_sync_runs.run_id%type,
      in_run_token        in  crm_sync_runs.run_token%type,
      out_mark            out varchar2,
      out_is_pause_wanted out crm_types.flag_type
   );

   /**
   Compares a page. RESYNC: what the ERP has to send is requested, what only a person or the live flow can do is left as
   a hint, and leads to be applied from the page are told. VALIDATE: findings. POLL: hints, also for a person that is
   not as agreed while its record is at work; none of persons while they do not come in. The same page twice does
   nothing twice.
   - @param in_entity        LEADS or CONTACTS
   - @param out_to_apply     ids of leads for apply_lead, RESYNC only; never null
   - @throws crm_err.e_run_lost, crm_err.e_invalid_json
   */
   procedure store_page(
      in_run_id     in  crm_sync_runs.run_id%type,
      in_run_token  in  crm_sync_runs.run_token%type,
      in_mark       in  varchar2,
      in_entity     in  crm_sync_runs.entity%type,
      in_page       in  clob,
      out_to_apply  out crm_ids_ct,
      out_equal     out pls_integer,
      out_busy      out pls_integer,
      out_outside   out pls_integer,
      out_different out pls_integer,
      out_left      out pls_integer
   );

   /**
   Applies a lead of a page under the lease of its record, if nothing happened to it since the page was read; else it
   is left to the live flow, with a hint.
   - @param out_result  as crm_apply.apply_lead, or LEFT
   - @throws crm_err.e_run_lost, crm_err.e_invalid_json
   */
   procedure apply_lead(
      in_run_id      in  crm_sync_runs.run_id%type,
      in_run_token   in  crm_sync_runs.run_token%type,
      in_mark        in  varchar2,
      in_lead        in  clob,
      out_record_key out crm_records.record_key%type,
      out_result     out varchar2
   );

   /** Leaves a lead that could not be applied to the live flow, with a hint. */
   procedure leave_lead(
      in_run_id    in crm_sync_runs.run_id%type,
      in_run_token in crm_sync_runs.run_token%type,
      in_crm_id    in crm_records.crm_id%type
   );

   /** Moves the position and adds to the totals: the page is done. @throws crm_err.e_run_lost */
   procedure finish_page(
      in_run_id    in crm_sync_runs.run_id%type,
      in_run_token in crm_sync_runs.run_token%type,
      in_position  in crm_sync_runs.resume_position%type,
      in_read      in crm_sync_runs.records_read%type,
      in_equal     in crm_sync_runs.records_equal%type,
      in_busy      in crm_sync_runs.records_busy%type,
      in_outside   in crm_sync_runs.records_outside%type,
      in_different in crm_sync_runs.records_different%type,
      in_applied   in crm_sync_runs.records_applied%type,
      in_left      in crm_sync_runs.records_left%type
   );

   /**
   Leads, or persons, of the ERP that this run has not looked at, by their ids: they were on no page, or busy.
   - @param in_after  greatest id of the last call; 0: the first ones
   - @param out_ids   never null
   */
   procedure find_unseen(
      in_run_id    in  crm_sync_runs.run_id%type,
      in_run_token in  crm_sync_runs.run_token%type,
      in_entity    in  crm_sync_runs.entity%type,
      in_after     in  number,
      in_limit     in  pls_integer,
      out_ids      out crm_ids_ct
   );

   /**
   Says of ids that find_unseen gave that the CRM, asked by id, does not have them. RESYNC: each is looked for once more
   by the live flow, which ends the mirror row when it is still not there. VALIDATE: findings.
   - @param in_ids  JSON array of numbers
   */
   procedure note_missing(
      in_run_id    in  crm_sync_runs.run_id%type,
      in_run_token in  crm_sync_runs.run_token%type,
      in_entity    in  crm_sync_runs.entity%type,
      in_ids       in  varchar2,
      out_missing  out pls_integer
   );

   /**
   Branches of the next piece of clients that take part, have no lead, and wait for nothing: RESYNC requests them,
   VALIDATE notes them.
   - @param in_after  client with which the piece before ended; 0 at the beginning
   - @param in_limit  clients of the piece, 1 to 10,000
   - @param out_next  in_after of the next piece; null when this was the last
   - @throws crm_err.e_invalid_argument
   */
   procedure look_for_unsent(
      in_run_id    in  crm_sync_runs.run_id%type,
      in_run_token in  crm_sync_runs.run_token%type,
      in_after     in  number,
      in_limit     in  pls_integer,
      out_found    out pls_integer,
      out_next     out number
   );

   /** Ends the work of this process on the run. @param in_status  DONE, FAILED or PAUSED */
   procedure end_run(
      in_run_id    in crm_sync_runs.run_id%type,
      in_run_token in crm_sync_runs.run_token%type,
      in_status    in crm_sync_runs.status%type,
      in_detail    in crm_sync_runs.detail%type
   );

   /** Asks the process that works on a run to stop before its next page. @param out_asked  runs asked */
   procedure ask_pause(
      in_kind   in  crm_sync_runs.kind%type,
      out_asked out pls_integer
   );

   /**
   Hands the open findings of a finished run to outbox and inbox; see crm_findings.repair.
   - @throws crm_err.e_invalid_run
   */
   procedure repair(
      in_run_id    in  crm_sync_runs.run_id%type,
      in_by        in  crm_sync_findings.settled_by%type,
      in_limit     in  pls_integer,
      out_repaired out pls_integer
   );

   /** Keeps the figures of crm_convergence_v as they are now. */
   procedure keep_convergence;
end crm_runs;
/
