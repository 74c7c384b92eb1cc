create or replace package crm_quota_book
   authid definer
   accessible by (package crm_bridge_api, package crm_test_quota)
is
   /**
   The CRM's quota, kept where a crash does not lose it and every daemon sees it: so many calls in any window of so many
   seconds. A process is granted some calls ahead and makes them within moments; it tells afterwards when they were
   made. Until it tells, all of them count as made as late as they might, so a process that dies takes nothing with it
   that another one could spend again. The cost of a question does not depend on the size of the quota.

   Every time is this database's: processes get and tell seconds from now, so their clocks do not matter.

   Owns:    crm_quota, crm_quota_holders, crm_quota_spent
   Commits: never; the row of the budget is locked until the caller commits
   */

   /**
   Takes calls ahead, and tells of those that were taken before.
   - @param in_quota_name      'CALLS', or a kind of calls with a budget of its own
   - @param in_holder          the process
   - @param in_ask_no          grows with each question of the process: what is asked late changes nothing
   - @param in_calls           calls that the CRM allows in a window
   - @param in_window_seconds  length of the window
   - @param in_use_seconds     a call that is granted now arrives in the CRM within so many seconds, or is given back
   - @param in_kept            calls granted earlier that are under way or may still be made; the others were made, as
                              in_made tells, or are given back
   - @param in_made            JSON array of [calls, seconds]: so many arrived in the CRM at least so long ago
   - @param in_wanted          calls wanted, 0 or more
   - @param out_granted        calls granted, 0 to in_wanted
   - @param out_wait_seconds   when asking again is worth it, if fewer were granted than wanted
   - @param out_paused_seconds how long the CRM wants no calls; 0: it wants them
   - @param out_pause_reason   class of the answer that asked for it
   - @param out_refused_status HTTP status with which the CRM refuses our token; null: it takes it
   - @throws crm_err.e_invalid_argument, crm_err.e_invalid_json
   */
   procedure take_calls(
      in_quota_name      in  crm_quota.quota_name%type,
      in_holder          in  crm_quota_holders.holder%type,
      in_ask_no          in  crm_quota_holders.ask_no%type,
      in_calls           in  pls_integer,
      in_window_seconds  in  number,
      in_use_seconds     in  number,
      in_kept            in  pls_integer,
      in_made            in  varchar2,
      in_wanted          in  pls_integer,
      out_granted        out pls_integer,
      out_wait_seconds   out number,
      out_paused_seconds out number,
      out_pause_reason   out varchar2,
      out_refused_status out number
   );

   /** Says what the CRM asks of us, as take_calls does. */
   procedure read_stops(
      out_paused_seconds out number,
      out_pause_reason   out varchar2,
      out_refused_status out number
   );

   /**
   Grants no calls for so long: a daemon that does not tell here may have spent the window. Only ever made longer.
   */
   procedure close_calls(in_seconds in number);

   /**
   Notes that the CRM wants no calls for a while. A pause is only ever made longer.
   - @throws crm_err.e_invalid_action
   */
   procedure pause_calls(
      in_seconds in number,
      in_reason  in crm_quota.pause_reason%type
   );

   /**
   Notes that the CRM refuses our token: no calls but the probes until one of them is taken.
   - @throws crm_err.e_invalid_action
   */
   procedure refuse_calls(in_http_status in crm_quota.refused_status%type);

   /** Notes that the CRM takes our token. */
   procedure admit_calls;

   /**
   Takes the turn of asking whether the token is taken by now: one daemon at a time.
   - @param in_after_seconds  no sooner than so long after the last one asked
   - @param out_is_ours       'S': ask now, by one call
   - @param out_is_refused    'N': nothing is refused any more
   - @throws crm_err.e_invalid_action
   */
   procedure take_probe(
      in_after_seconds in  number,
      out_is_ours      out varchar2,
      out_is_refused   out varchar2
   );
end crm_quota_book;
/
