create or replace package crm_quota_book
   authid definer
   accessible by (package crm_bridge_api, package crm_test_quota)
is
   /**
   The CRM's budget of calls, kept where a crash does not lose it and all daemons see it.

   The CRM allows so many calls in any window of so many seconds. There is one slot for each of them. A daemon takes
   some slots ahead, each for one call between two moments, and tells afterwards when the call was made; a slot can be
   had again a window after its call. Of whoever dies it is believed that he made the calls he held, as late as he
   might: so no window ever holds more, whatever crashes when, and a crash costs at most the slots that were held.

   Every time is the database's. Daemons get and tell seconds from now, so that their clocks do not matter.

   Owns:    crm_quota, crm_quota_slots
   Commits: never; the row of the quota is locked until the caller commits
   */

   /**
   Takes slots, and tells of those that were taken before.
   - @param in_calls            calls that the CRM allows in any window
   - @param in_window_seconds   length of the window
   - @param in_wanted           slots wanted, 0 or more: fewer are granted, down to none, when fewer are free or about
                              to be
   - @param in_told             JSON array, at most 4,000 bytes, each slot once: [slot, grant, what, seconds];
                              "MADE": the call arrived in the CRM so many seconds ago at the latest; "UNUSED": it was
                              not made, nor will it be; "UNDERWAY": it is being made. Of a slot that has passed on
                              nothing is believed
   - @param in_day_calls        calls that the CRM allows in a day; null: any number
   - @param in_day_minutes      minutes that the day of the account begins before that of UTC
   - @param in_day_left         what the CRM says is left of the day, null when it said nothing
   - @param out_grant_no        grant to which the slots belong
   - @param out_slots           JSON array: [slot, from, until], in seconds from now, those usable first before others
   - @param out_wait_seconds    when asking again is worth it, if fewer were granted than wanted; else 0
   - @param out_pause_seconds   how long the CRM wants no calls; 0: it wants them. No slots meanwhile
   - @param out_pause_reason    class of the answer that asked for it
   - @param out_refused_status  HTTP status with which the CRM refuses our token; null: it takes it. No slots meanwhile
   - @param out_used            calls that count in the window, those held with them
   - @param out_others          of these, calls of other workers
   - @throws crm_err.e_invalid_argument, crm_err.e_invalid_json
   */
   procedure take_calls(
      in_worker_id       in  varchar2,
      in_calls           in  pls_integer,
      in_window_seconds  in  number,
      in_wanted          in  pls_integer,
      in_told            in  varchar2,
      in_day_calls       in  number,
      in_day_minutes     in  number,
      in_day_left        in  number,
      out_grant_no       out number,
      out_slots          out varchar2,
      out_wait_seconds   out number,
      out_pause_seconds  out number,
      out_pause_reason   out varchar2,
      out_refused_status out number,
      out_used           out pls_integer,
      out_others         out pls_integer
   );

   /**
   Notes that the CRM wants no calls for a while. A pause is only ever made longer.
   - @throws crm_err.e_invalid_argument
   */
   procedure pause_calls(
      in_worker_id in varchar2,
      in_seconds   in number,
      in_reason    in varchar2
   );

   /**
   Notes that the CRM refuses our token: no calls but the probes, until one of them is taken.
   - @throws crm_err.e_invalid_argument
   */
   procedure refuse_calls(
      in_worker_id   in varchar2,
      in_http_status in pls_integer
   );

   /**
   Takes the turn of asking whether the token is taken by now: one daemon at a time, ever more rarely, up to every ten
   minutes; who has just started may ask half a minute after the last one did.
   - @param in_is_start        'S': the process has just started
   - @param out_is_ours        'S': ask now, by one call
   - @param out_wait_seconds   when the next turn is, if it is not ours
   - @param out_is_refused     'N': nothing is refused any more
   - @throws crm_err.e_invalid_argument
   */
   procedure take_probe(
      in_worker_id     in  varchar2,
      in_is_start      in  varchar2,
      out_is_ours      out varchar2,
      out_wait_seconds out number,
      out_is_refused   out varchar2
   );

   /** Notes that the CRM takes our token. */
   procedure admit_calls(in_worker_id in varchar2);
end crm_quota_book;
/
