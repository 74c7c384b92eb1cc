create or replace package body crm_quota_book
is
   co_all_calls   constant crm_quota.quota_name%type := 'CALLS';
   -- A call takes a moment to arrive; two clocks do not run equally fast.
   co_guard_share constant number := 0.01;
   co_most_guard  constant number := 0.25;
   co_drift_share constant number := 0.0005;
   -- Who wants many calls waits until this part of the quota is free, and does not come back for each.
   co_piece_share constant number := 0.1;
   -- What is free and kept for the others is theirs for a moment.
   co_turn_share  constant number := 0.005;
   co_most_turn   constant number := 0.1;

   function seconds_between(
      in_from in timestamp with time zone,
      in_to   in timestamp with time zone
   ) return number
   is
      l_span interval day (9) to second (6);
   begin
      l_span := in_to - in_from;
      return ((extract(day from l_span) * 24 + extract(hour from l_span)) * 60 + extract(minute from l_span)) * 60
         + extract(second from l_span);
   end seconds_between;

   -- The row of a budget, locked: nobody counts while somebody else does.
   function locked(in_quota_name in crm_quota.quota_name%type) return crm_quota%rowtype
   is
      r_quota crm_quota%rowtype;
   begin
      select q.*
        into r_quota
        from crm_quota q
       where q.quota_name = in_quota_name
         for update wait 5;
      return r_quota;
   end locked;

   procedure make_quota(in_quota_name in crm_quota.quota_name%type)
   is
   begin
      insert into crm_quota (quota_name)
      select in_quota_name
        from dual
       where not exists (
                select 1
                  from crm_quota q
                 where q.quota_name = in_quota_name
             );
   exception
      when dup_val_on_index then
         null; -- another daemon was as quick
   end make_quota;

   procedure show_stops(
      in_quota           in  crm_quota%rowtype,
      in_now             in  timestamp with time zone,
      out_paused_seconds out number,
      out_pause_reason   out varchar2,
      out_refused_status out number
   )
   is
   begin
      out_paused_seconds := 0;
      if in_quota.paused_until > in_now then
         out_paused_seconds := seconds_between(
            in_from => in_now,
            in_to   => in_quota.paused_until
         );
         out_pause_reason := in_quota.pause_reason;
      end if;
      out_refused_status := in_quota.refused_status;
   end show_stops;

   -- What has left the window goes, and what a process tells comes in.
   procedure note_made(
      in_quota_name in crm_quota.quota_name%type,
      in_now        in timestamp with time zone,
      in_window     in number,
      in_made       in varchar2
   )
   is
      l_made json_array_t;
   begin
      delete from crm_quota_spent s
       where s.quota_name = in_quota_name
         and s.counts_until <= in_now;
      delete from crm_quota_holders h
       where h.quota_name = in_quota_name
         and h.counts_until <= in_now;
      if in_made is not null then
         l_made := json_array_t.parse(in_made); -- a text that is no array would be rows of nothing
         insert into crm_quota_spent (quota_name, calls, counts_until)
         select in_quota_name,
                j.calls,
                in_now + numtodsinterval(in_window - j.seconds, 'SECOND')
           from json_table(
                   in_made, '$[*]'
                   columns (calls number path '$[0]', seconds number path '$[1]')
                ) j
          where coalesce(j.seconds, 0) < in_window;
      end if;
   exception
      when crm_err.e_json_syntax then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'made'
         );
   end note_made;

   -- Calls of others, of this process's past, and processes that have asked a moment ago.
   procedure count_calls(
      in_quota_name in  crm_quota.quota_name%type,
      in_holder     in  crm_quota_holders.holder%type,
      in_asked_if   in  timestamp with time zone,
      out_calls     out pls_integer,
      out_askers    out pls_integer
   )
   is
      l_spent pls_integer;
   begin
      select coalesce(sum(s.calls), 0)
        into l_spent
        from crm_quota_spent s
       where s.quota_name = in_quota_name;
      select l_spent + coalesce(sum(h.calls), 0),
             1 + count(case when h.counts_until > in_asked_if then 1 end)
        into out_calls,
             out_askers
        from crm_quota_holders h
       where h.quota_name = in_quota_name
         and h.holder <> in_holder;
   end count_calls;

   -- When so many of the calls that count now have left the window.
   function free_on(
      in_quota_name in crm_quota.quota_name%type,
      in_holder     in crm_quota_holders.holder%type,
      in_calls      in pls_integer
   ) return timestamp with time zone
   is
      l_free_on timestamp (6) with time zone;
   begin
      select min(f.counts_until)
        into l_free_on
        from (
                select c.counts_until,
                       sum(c.calls) over (order by c.counts_until) as freed
                  from (
                          select s.counts_until,
                                 s.calls
                            from crm_quota_spent s
                           where s.quota_name = in_quota_name
                           union all
                          select h.counts_until,
                                 h.calls
                            from crm_quota_holders h
                           where h.quota_name = in_quota_name
                             and h.holder <> in_holder
                       ) c
             ) f
       where f.freed >= in_calls;
      return l_free_on;
   end free_on;

   procedure hold(
      in_quota_name   in crm_quota.quota_name%type,
      in_holder       in crm_quota_holders.holder%type,
      in_ask_no       in crm_quota_holders.ask_no%type,
      in_calls        in pls_integer,
      in_counts_until in timestamp with time zone
   )
   is
   begin
      merge into crm_quota_holders tgt
      using (
               select in_quota_name as quota_name,
                      in_holder as holder
                 from dual
            ) src
         on (tgt.quota_name = src.quota_name and tgt.holder = src.holder)
       when matched then
            update
               set tgt.ask_no       = in_ask_no,
                   tgt.calls        = in_calls,
                   tgt.counts_until = in_counts_until
       when not matched then
            insert (quota_name, holder, ask_no, calls, counts_until)
            values (src.quota_name, src.holder, in_ask_no, in_calls, in_counts_until);
   end hold;

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
   )
   is
      co_window constant number := in_window_seconds * (1 + co_drift_share);
      co_guard  constant number := least(in_window_seconds * co_guard_share, co_most_guard);
      co_until  constant number := in_use_seconds + co_guard + co_window;
      r_quota   crm_quota%rowtype;
      l_now     timestamp (6) with time zone;
      l_ask_no  crm_quota_holders.ask_no%type;
      l_calls   pls_integer;
      l_askers  pls_integer;
      l_free    pls_integer;
      l_piece   pls_integer;
      l_free_on timestamp (6) with time zone;
   begin
      if in_quota_name is null or in_holder is null or in_ask_no is null
         or not coalesce(in_calls > 0 and in_window_seconds > 0 and in_use_seconds > 0, false)
         or not coalesce(in_kept >= 0 and in_wanted >= 0, false)
      then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => 'a quota, a holder and numbers that are not negative'
         );
      end if;
      make_quota(in_quota_name => in_quota_name);
      r_quota := locked(in_quota_name => in_quota_name);
      l_now := systimestamp; -- not before the lock, which somebody later may have had
      show_stops(
         in_quota           => r_quota,
         in_now             => l_now,
         out_paused_seconds => out_paused_seconds,
         out_pause_reason   => out_pause_reason,
         out_refused_status => out_refused_status
      );
      out_granted := 0;
      out_wait_seconds := 0;
      select coalesce(max(h.ask_no), 0)
        into l_ask_no
        from crm_quota_holders h
       where h.quota_name = in_quota_name
         and h.holder = in_holder;
      if l_ask_no >= in_ask_no then
         return;
      end if;
      note_made(
         in_quota_name => in_quota_name,
         in_now        => l_now,
         in_window     => co_window,
         in_made       => in_made
      );
      count_calls(
         in_quota_name => in_quota_name,
         in_holder     => in_holder,
         in_asked_if   => l_now + numtodsinterval(co_window, 'SECOND'),
         out_calls     => l_calls,
         out_askers    => l_askers
      );
      l_free := in_calls - l_calls - in_kept;
      l_piece := ceil(in_calls * co_piece_share);
      if coalesce(r_quota.closed_until <= l_now, true) then
         -- the others that ask have their part, unless it is not worth their asking
         out_granted := greatest(least(in_wanted, l_free, greatest(ceil(l_free / l_askers), l_piece)), 0);
      end if;
      hold(
         in_quota_name   => in_quota_name,
         in_holder       => in_holder,
         in_ask_no       => in_ask_no,
         in_calls        => in_kept + out_granted,
         in_counts_until => l_now + numtodsinterval(co_until, 'SECOND')
      );
      if out_granted < in_wanted then
         l_free := l_free - out_granted;
         l_piece := least(in_wanted - out_granted, l_piece);
         if r_quota.closed_until > l_now then
            l_free_on := r_quota.closed_until;
         elsif l_free <= 0 then
            l_free_on := coalesce(
               free_on(
                  in_quota_name => in_quota_name,
                  in_holder     => in_holder,
                  in_calls      => l_piece - l_free
               ),
               -- only what it keeps itself is left, and that leaves the window later
               l_now + numtodsinterval(in_use_seconds, 'SECOND')
            );
         end if;
         out_wait_seconds := greatest(
            least(in_window_seconds * co_turn_share, co_most_turn),
            coalesce(seconds_between(in_from => l_now, in_to => l_free_on), 0)
         );
      end if;
   end take_calls;

   procedure read_stops(
      out_paused_seconds out number,
      out_pause_reason   out varchar2,
      out_refused_status out number
   )
   is
      r_quota crm_quota%rowtype;
   begin
      select q.*
        into r_quota
        from crm_quota q
       where q.quota_name = co_all_calls;
      show_stops(
         in_quota           => r_quota,
         in_now             => systimestamp,
         out_paused_seconds => out_paused_seconds,
         out_pause_reason   => out_pause_reason,
         out_refused_status => out_refused_status
      );
   end read_stops;

   procedure close_calls(in_seconds in number)
   is
   begin
      update crm_quota q
         set q.closed_until = greatest(
                coalesce(q.closed_until, systimestamp),
                systimestamp + numtodsinterval(in_seconds, 'SECOND')
             )
       where q.quota_name = co_all_calls;
   end close_calls;

   procedure pause_calls(
      in_seconds in number,
      in_reason  in crm_quota.pause_reason%type
   )
   is
   begin
      crm_err.assert_given(
         in_name  => 'reason',
         in_value => in_reason
      );
      update crm_quota q
         set q.paused_until = systimestamp + numtodsinterval(in_seconds, 'SECOND'),
             q.pause_reason = in_reason
       where q.quota_name = co_all_calls
         and coalesce(q.paused_until, systimestamp) < systimestamp + numtodsinterval(in_seconds, 'SECOND');
   end pause_calls;

   procedure refuse_calls(in_http_status in crm_quota.refused_status%type)
   is
   begin
      crm_err.assert_given(
         in_name  => 'http_status',
         in_value => in_http_status
      );
      update crm_quota q
         set q.refused_on     = systimestamp,
             q.refused_status = in_http_status,
             q.probed_on      = systimestamp
       where q.quota_name = co_all_calls
         and q.refused_on is null;
   end refuse_calls;

   procedure admit_calls
   is
   begin
      update crm_quota q
         set q.refused_on     = null,
             q.refused_status = null,
             q.probed_on      = null
       where q.quota_name = co_all_calls
         and q.refused_on is not null;
   end admit_calls;

   procedure take_probe(
      in_after_seconds in  number,
      out_is_ours      out varchar2,
      out_is_refused   out varchar2
   )
   is
      l_refused pls_integer;
   begin
      crm_err.assert_given(
         in_name  => 'after_seconds',
         in_value => in_after_seconds
      );
      update crm_quota q
         set q.probed_on = systimestamp
       where q.quota_name = co_all_calls
         and q.refused_on is not null
         and coalesce(q.probed_on, q.refused_on) <= systimestamp - numtodsinterval(in_after_seconds, 'SECOND');
      out_is_ours := case sql%rowcount when 0 then 'N' else 'S' end;
      select count(*)
        into l_refused
        from crm_quota q
       where q.quota_name = co_all_calls
         and q.refused_on is not null;
      out_is_refused := case l_refused when 0 then 'N' else 'S' end;
   end take_probe;
end crm_quota_book;
/
