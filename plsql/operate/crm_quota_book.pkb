create or replace package body crm_quota_book
is
   co_calls             constant crm_quota.quota_name%type := 'CALLS';
   co_made              constant varchar2(10 char) := 'MADE';
   co_unused            constant varchar2(10 char) := 'UNUSED';
   co_underway          constant varchar2(10 char) := 'UNDERWAY';
   co_rate_limited      constant crm_quota.pause_reason%type := 'rate_limited';

   -- One grant is at most this part of the quota: what a crash costs, against how often the database is asked.
   co_block_share       constant number := 0.2;
   co_max_block         constant pls_integer := 64;
   -- How long before a slot can be used it is given away, as a part of the window.
   co_ahead_share       constant number := 0.2;
   -- How long a slot can be used.
   co_hold_share        constant number := 0.1;
   co_min_hold_seconds  constant number := 1;

   co_probe_seconds     constant pls_integer := 30;
   co_max_probe_seconds constant pls_integer := 600;
   co_max_pause_seconds constant pls_integer := 172800;

   subtype t_moment is timestamp(6) with time zone;
   type t_moments is table of t_moment index by pls_integer;
   type t_numbers is table of number index by pls_integer;

   function later(
      in_moment  in t_moment,
      in_seconds in number
   ) return t_moment
   is
   begin
      return in_moment + numtodsinterval(in_seconds, 'SECOND');
   end later;

   function seconds_to(
      in_moment in t_moment,
      in_now    in t_moment
   ) return number
   is
      co_gap constant interval day(9) to second(6) := in_moment - in_now;
   begin
      return extract(day from co_gap) * 86400
             + extract(hour from co_gap) * 3600
             + extract(minute from co_gap) * 60
             + extract(second from co_gap);
   end seconds_to;

   -- A number as JSON has it, whatever the session's language.
   function json_number(in_value in number) return varchar2
   is
   begin
      return to_char(round(in_value, 3), 'FM99999990D000', 'NLS_NUMERIC_CHARACTERS=''.,''');
   end json_number;

   procedure lock_quota(out_quota out crm_quota%rowtype)
   is
   begin
      select q.*
        into out_quota
        from crm_quota q
       where q.quota_name = co_calls
         for update;
   end lock_quota;

   procedure assert_argument(
      in_is_good in boolean,
      in_name    in varchar2
   )
   is
   begin
      if in_is_good is null or not in_is_good then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => in_name
         );
      end if;
   end assert_argument;

   -- What was told of slots: the moment of a call is counted back from when the telling came in, before any lock.
   procedure take_told(
      in_told        in  varchar2,
      in_now         in  t_moment,
      in_hold        in  number,
      in_day_grant   in  number,
      out_given_back out pls_integer
   )
   is
   begin
      merge into crm_quota_slots tgt
      using (
               select j.slot_no,
                      j.grant_no,
                      j.what,
                      greatest(coalesce(j.seconds, 0), 0) as seconds
                 from json_table(
                         in_told, '$[*]'
                         columns (
                            slot_no  number            path '$[0]',
                            grant_no number            path '$[1]',
                            what     varchar2(10 char) path '$[2]',
                            seconds  number            path '$[3]'
                         )
                      ) j
                where j.what in (co_made, co_underway)
            ) src
         on (tgt.quota_name = co_calls and tgt.slot_no = src.slot_no and tgt.grant_no = src.grant_no)
       when matched then
            update
               set tgt.counted_on = case src.what
                                       when co_made then greatest(
                                          tgt.counted_on,
                                          in_now - numtodsinterval(src.seconds, 'SECOND')
                                       )
                                       else tgt.counted_on
                                    end,
                   tgt.held_until = case src.what
                                       when co_underway then greatest(
                                          tgt.held_until,
                                          in_now + numtodsinterval(in_hold, 'SECOND')
                                       )
                                    end
             where tgt.held_until is not null;
      update crm_quota_slots s
         set s.held_until = null
       where s.quota_name = co_calls
         and s.held_until is not null
         and (s.slot_no, s.grant_no) in (
                select j.slot_no,
                       j.grant_no
                  from json_table(
                          in_told, '$[*]'
                          columns (
                             slot_no  number            path '$[0]',
                             grant_no number            path '$[1]',
                             what     varchar2(10 char) path '$[2]'
                          )
                       ) j
                 where j.what = co_unused
                   and j.grant_no > in_day_grant
             );
      out_given_back := sql%rowcount;
      update crm_quota_slots s
         set s.held_until = null
       where s.quota_name = co_calls
         and s.held_until is not null
         and (s.slot_no, s.grant_no) in (
                select j.slot_no,
                       j.grant_no
                  from json_table(
                          in_told, '$[*]'
                          columns (
                             slot_no  number            path '$[0]',
                             grant_no number            path '$[1]',
                             what     varchar2(10 char) path '$[2]'
                          )
                       ) j
                 where j.what = co_unused
             );
   end take_told;

   -- The day's count, and what is left of it; a day that has turned begins with nothing.
   procedure count_day(
      io_quota       in out crm_quota%rowtype,
      in_now         in     t_moment,
      in_day_calls   in     number,
      in_day_minutes in     number,
      in_day_left    in     number,
      in_given_back  in     pls_integer,
      out_left       out    number,
      out_turns_in   out    number
   )
   is
      co_local constant date := cast(sys_extract_utc(in_now) as date) + coalesce(in_day_minutes, 0) / 1440;
      l_held   pls_integer;
   begin
      io_quota.day_spent := greatest(io_quota.day_spent - in_given_back, 0);
      if io_quota.day_on is null or io_quota.day_on <> trunc(co_local) then
         io_quota.day_on       := trunc(co_local);
         io_quota.day_spent    := 0;
         io_quota.day_grant_no := io_quota.last_grant_no;
      end if;
      if in_day_left is not null then
         -- Other programs with this account are in that number; slots that are held may not be, yet.
         select count(*)
           into l_held
           from crm_quota_slots s
          where s.quota_name = co_calls
            and s.held_until > in_now;
         io_quota.day_spent := greatest(io_quota.day_spent, in_day_calls - in_day_left + l_held);
      end if;
      out_left     := greatest(in_day_calls - io_quota.day_spent, 0);
      out_turns_in := (trunc(co_local) + 1 - co_local) * 86400;
   end count_day;

   -- When asking again is worth it: half of what is missing can be had ahead, or the first of it right away. Slots that
   -- are held count as used as early as they might be, because their holders have not told yet; hence a least wait.
   function next_wait(
      in_calls   in pls_integer,
      in_window  in number,
      in_hold    in number,
      in_missing in pls_integer,
      in_now     in t_moment
   ) return number
   is
      co_ahead constant number := in_window * co_ahead_share;
      t_likely t_moments;
   begin
      select likely_on
        bulk collect into t_likely
        from (
                select greatest(
                          s.counted_on,
                          coalesce(s.held_until - numtodsinterval(in_hold, 'SECOND'), s.counted_on)
                       ) as likely_on
                  from crm_quota_slots s
                 where s.quota_name = co_calls
                   and s.slot_no <= in_calls
                 order by 1
             )
       where rownum <= trunc(in_missing / 2) + 1;
      return greatest(
         least(
            seconds_to(in_moment => t_likely(t_likely.count), in_now => in_now) + in_window - co_ahead,
            seconds_to(in_moment => t_likely(1), in_now => in_now) + in_window - co_ahead / 4
         ),
         co_ahead / 16
      );
   end next_wait;

   procedure grant_slots(
      in_worker_id     in  varchar2,
      in_calls         in  pls_integer,
      in_window        in  number,
      in_hold          in  number,
      in_wanted        in  pls_integer,
      in_grant_no      in  number,
      in_now           in  t_moment,
      out_slots        out varchar2,
      out_granted      out pls_integer,
      out_wait_seconds out number
   )
   is
      co_ahead    constant number := in_window * co_ahead_share;
      t_slots     t_numbers;
      t_counted   t_moments;
      t_known     t_numbers;
      t_from      t_moments;
      t_until     t_moments;
      t_new       t_numbers;
      t_new_until t_moments;
      l_rows      pls_integer;
      l_next      pls_integer := 1;
   begin
      out_slots        := '[';
      out_granted      := 0;
      out_wait_seconds := 0;
      select count(*)
        into l_rows
        from crm_quota_slots s
       where s.quota_name = co_calls
         and s.slot_no <= in_calls;
      select slot_no,
             counted_on
        bulk collect into t_slots, t_counted
        from (
                select s.slot_no,
                       greatest(s.counted_on, coalesce(s.held_until, s.counted_on)) as counted_on
                  from crm_quota_slots s
                 where s.quota_name = co_calls
                   and s.slot_no <= in_calls
                 order by greatest(s.counted_on, coalesce(s.held_until, s.counted_on)),
                          s.slot_no
             )
       where rownum <= in_wanted;
      <<slots>>
      while t_known.count + t_new.count < in_wanted loop
         if l_next <= t_slots.count and later(in_moment => t_counted(l_next), in_seconds => in_window) <= in_now then
            t_known(t_known.count + 1) := t_slots(l_next);
            t_from(t_from.count + 1)   := in_now;
            l_next                     := l_next + 1;
         elsif l_rows + t_new.count < in_calls then
            t_new(t_new.count + 1)             := l_rows + t_new.count + 1;
            t_new_until(t_new_until.count + 1) := later(in_moment => in_now, in_seconds => in_hold);
         elsif l_next <= t_slots.count
            and later(in_moment => t_counted(l_next), in_seconds => in_window - co_ahead) <= in_now
         then
            t_known(t_known.count + 1) := t_slots(l_next);
            t_from(t_from.count + 1)   := later(in_moment => t_counted(l_next), in_seconds => in_window);
            l_next                     := l_next + 1;
         else
            exit slots;
         end if;
      end loop slots;
      <<moments>>
      for i in 1 .. t_from.count loop
         t_until(i) := later(in_moment => t_from(i), in_seconds => in_hold);
      end loop moments;
      forall i in 1 .. t_known.count
         update crm_quota_slots s
            set s.counted_on = greatest(s.counted_on, coalesce(s.held_until, s.counted_on)),
                s.held_until = t_until(i),
                s.grant_no   = in_grant_no,
                s.worker_id  = in_worker_id
          where s.quota_name = co_calls
            and s.slot_no = t_known(i);
      -- Its last call was never: long enough ago for any window.
      forall i in 1 .. t_new.count
         insert into crm_quota_slots (quota_name, slot_no, counted_on, held_until, grant_no, worker_id)
         values (co_calls, t_new(i), in_now - interval '2' day, t_new_until(i), in_grant_no, in_worker_id);
      out_granted := t_known.count + t_new.count;
      <<known>>
      for i in 1 .. t_known.count loop
         out_slots := out_slots || case when i > 1 then ',' end || '[' || t_known(i) || ','
                      || json_number(seconds_to(in_moment => t_from(i), in_now => in_now)) || ','
                      || json_number(seconds_to(in_moment => t_until(i), in_now => in_now)) || ']';
      end loop known;
      <<fresh>>
      for i in 1 .. t_new.count loop
         out_slots := out_slots || case when i > 1 or t_known.count > 0 then ',' end || '[' || t_new(i) || ','
                      || json_number(0) || ',' || json_number(in_hold) || ']';
      end loop fresh;
      out_slots := out_slots || ']';
      if out_granted < in_wanted then
         out_wait_seconds := next_wait(
            in_calls   => in_calls,
            in_window  => in_window,
            in_hold    => in_hold,
            in_missing => in_wanted - out_granted,
            in_now     => in_now
         );
      end if;
   end grant_slots;

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
   )
   is
      co_told_on   constant t_moment := systimestamp;
      co_hold      constant number := greatest(in_window_seconds * co_hold_share, co_min_hold_seconds);
      r_quota      crm_quota%rowtype;
      l_now        t_moment;
      l_wanted     pls_integer;
      l_given_back pls_integer := 0;
      l_day_left   number;
      l_turns_in   number;
      l_granted    pls_integer := 0;
   begin
      assert_argument(
         in_is_good => in_worker_id is not null,
         in_name    => 'worker_id is missing'
      );
      assert_argument(
         in_is_good => in_calls between 1 and 999999,
         in_name    => 'calls of a window'
      );
      assert_argument(
         in_is_good => in_window_seconds > 0 and in_window_seconds <= 86400,
         in_name    => 'seconds of a window'
      );
      assert_argument(
         in_is_good => in_wanted >= 0,
         in_name    => 'wanted calls'
      );
      lock_quota(out_quota => r_quota);
      l_now := systimestamp;
      if in_told is not null then
         take_told(
            in_told        => in_told,
            in_now         => co_told_on,
            in_hold        => co_hold,
            in_day_grant   => r_quota.day_grant_no,
            out_given_back => l_given_back
         );
      end if;
      l_wanted := least(in_wanted, greatest(trunc(in_calls * co_block_share), 1), co_max_block);
      if in_day_calls is not null then
         count_day(
            io_quota       => r_quota,
            in_now         => l_now,
            in_day_calls   => in_day_calls,
            in_day_minutes => in_day_minutes,
            in_day_left    => in_day_left,
            in_given_back  => l_given_back,
            out_left       => l_day_left,
            out_turns_in   => l_turns_in
         );
         l_wanted := least(l_wanted, l_day_left);
      end if;
      out_pause_seconds := 0;
      if r_quota.paused_until > l_now then
         out_pause_seconds := seconds_to(in_moment => r_quota.paused_until, in_now => l_now);
         out_pause_reason  := r_quota.pause_reason;
      end if;
      if l_day_left = 0 and l_turns_in > out_pause_seconds then
         out_pause_seconds := l_turns_in;
         out_pause_reason  := co_rate_limited;
      end if;
      out_refused_status := r_quota.refused_status;
      out_slots          := '[]';
      out_wait_seconds   := 0;
      if l_wanted > 0 and out_pause_seconds = 0 and r_quota.refused_on is null then
         r_quota.last_grant_no := r_quota.last_grant_no + 1;
         grant_slots(
            in_worker_id     => in_worker_id,
            in_calls         => in_calls,
            in_window        => in_window_seconds,
            in_hold          => co_hold,
            in_wanted        => l_wanted,
            in_grant_no      => r_quota.last_grant_no,
            in_now           => l_now,
            out_slots        => out_slots,
            out_granted      => l_granted,
            out_wait_seconds => out_wait_seconds
         );
      end if;
      out_grant_no := r_quota.last_grant_no;
      update crm_quota q
         set q.last_grant_no = r_quota.last_grant_no,
             q.day_on        = r_quota.day_on,
             q.day_spent     = r_quota.day_spent + l_granted,
             q.day_grant_no  = r_quota.day_grant_no
       where q.quota_name = co_calls;
      select count(*),
             count(case when s.worker_id <> in_worker_id then 1 end)
        into out_used,
             out_others
        from crm_quota_slots s
       where s.quota_name = co_calls
         and s.slot_no <= in_calls
         and greatest(s.counted_on, coalesce(s.held_until, s.counted_on))
             > l_now - numtodsinterval(in_window_seconds, 'SECOND');
   end take_calls;

   procedure pause_calls(
      in_worker_id in varchar2,
      in_seconds   in number,
      in_reason    in varchar2
   )
   is
      r_quota crm_quota%rowtype;
      l_until t_moment;
   begin
      assert_argument(
         in_is_good => in_worker_id is not null,
         in_name    => 'worker_id is missing'
      );
      assert_argument(
         in_is_good => in_seconds > 0,
         in_name    => 'seconds of a pause'
      );
      lock_quota(out_quota => r_quota);
      l_until := later(in_moment => systimestamp, in_seconds => least(in_seconds, co_max_pause_seconds));
      update crm_quota q
         set q.paused_until = l_until,
             q.pause_reason = in_reason,
             q.paused_by    = in_worker_id
       where q.quota_name = co_calls
         and (q.paused_until is null or q.paused_until < l_until);
   end pause_calls;

   procedure refuse_calls(
      in_worker_id   in varchar2,
      in_http_status in pls_integer
   )
   is
      r_quota crm_quota%rowtype;
      l_now   t_moment;
   begin
      assert_argument(
         in_is_good => in_worker_id is not null,
         in_name    => 'worker_id is missing'
      );
      assert_argument(
         in_is_good => in_http_status between 100 and 599,
         in_name    => 'HTTP status'
      );
      lock_quota(out_quota => r_quota);
      if r_quota.refused_on is null then
         l_now := systimestamp;
         update crm_quota q
            set q.refused_on     = l_now,
                q.refused_status = in_http_status,
                q.refused_by     = in_worker_id,
                q.probe_seconds  = co_probe_seconds,
                q.probe_on       = l_now + numtodsinterval(co_probe_seconds, 'SECOND')
          where q.quota_name = co_calls;
      end if;
   end refuse_calls;

   procedure take_probe(
      in_worker_id     in  varchar2,
      in_is_start      in  varchar2,
      out_is_ours      out varchar2,
      out_wait_seconds out number,
      out_is_refused   out varchar2
   )
   is
      r_quota   crm_quota%rowtype;
      l_now     t_moment;
      l_due_on  t_moment;
      l_seconds crm_quota.probe_seconds%type;
   begin
      assert_argument(
         in_is_good => in_worker_id is not null,
         in_name    => 'worker_id is missing'
      );
      lock_quota(out_quota => r_quota);
      out_is_ours      := crm_types.co_no;
      out_wait_seconds := 0;
      out_is_refused   := case when r_quota.refused_on is null then crm_types.co_no else crm_types.co_yes end;
      if r_quota.refused_on is not null then
         l_now    := systimestamp;
         l_due_on := r_quota.probe_on;
         if in_is_start = crm_types.co_yes then
            -- The person who mended the token starts the daemon, and does not want to wait.
            l_due_on := least(
               l_due_on,
               r_quota.probe_on - numtodsinterval(r_quota.probe_seconds - co_probe_seconds, 'SECOND')
            );
         end if;
         if l_due_on <= l_now then
            out_is_ours := crm_types.co_yes;
            l_seconds   := least(2 * r_quota.probe_seconds, co_max_probe_seconds);
            update crm_quota q
               set q.probe_seconds = l_seconds,
                   q.probe_on      = l_now + numtodsinterval(l_seconds, 'SECOND')
             where q.quota_name = co_calls;
            -- The probe is a call as any other: the slot that rests longest is spent on it.
            update crm_quota_slots s
               set s.held_until = l_now + numtodsinterval(co_probe_seconds, 'SECOND'),
                   s.grant_no   = 0,
                   s.worker_id  = in_worker_id
             where s.quota_name = co_calls
               and s.slot_no = (
                      select min(f.slot_no) keep (dense_rank first order by f.counted_on)
                        from crm_quota_slots f
                       where f.quota_name = co_calls
                   );
         else
            out_wait_seconds := seconds_to(in_moment => l_due_on, in_now => l_now);
         end if;
      end if;
   end take_probe;

   procedure admit_calls(in_worker_id in varchar2)
   is
   begin
      assert_argument(
         in_is_good => in_worker_id is not null,
         in_name    => 'worker_id is missing'
      );
      update crm_quota q
         set q.refused_on     = null,
             q.refused_status = null,
             q.refused_by     = null,
             q.probe_on       = null,
             q.probe_seconds  = null
       where q.quota_name = co_calls;
   end admit_calls;
end crm_quota_book;
/
