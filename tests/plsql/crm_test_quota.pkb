create or replace package body crm_test_quota
is
   co_calls  constant pls_integer := 10;
   co_window constant number := 100;

   l_grant_no number;
   l_slots    varchar2(4000 char);
   l_wait     number;
   l_pause    number;
   l_reason   varchar2(100 char);
   l_status   number;
   l_used     pls_integer;
   l_others   pls_integer;

   -- Calls granted of so many wanted.
   function taken(
      in_worker_id in varchar2 default 'daemon-a',
      in_wanted    in pls_integer default 100,
      in_told      in varchar2 default null,
      in_calls     in pls_integer default co_calls,
      in_day_calls in number default null,
      in_day_left  in number default null
   ) return pls_integer
   is
      l_granted pls_integer;
   begin
      crm_quota_book.take_calls(
         in_worker_id       => in_worker_id,
         in_calls           => in_calls,
         in_window_seconds  => co_window,
         in_wanted          => in_wanted,
         in_told            => in_told,
         in_day_calls       => in_day_calls,
         in_day_minutes     => 0,
         in_day_left        => in_day_left,
         out_grant_no       => l_grant_no,
         out_slots          => l_slots,
         out_wait_seconds   => l_wait,
         out_pause_seconds  => l_pause,
         out_pause_reason   => l_reason,
         out_refused_status => l_status,
         out_used           => l_used,
         out_others         => l_others
      );
      select count(*)
        into l_granted
        from json_table(l_slots, '$[*]' columns (slot_no number path '$[0]'));
      return l_granted;
   end taken;

   procedure begin_anew
   is
   begin
      delete from crm_quota_slots;
      update crm_quota q
         set q.paused_until   = null,
             q.pause_reason   = null,
             q.paused_by      = null,
             q.refused_on     = null,
             q.refused_status = null,
             q.refused_by     = null,
             q.probe_on       = null,
             q.probe_seconds  = null,
             q.day_on         = null,
             q.day_spent      = 0;
   end begin_anew;

   -- As if so many seconds had gone by.
   procedure wait_seconds(in_seconds in number)
   is
   begin
      update crm_quota_slots s
         set s.counted_on = s.counted_on - numtodsinterval(in_seconds, 'SECOND'),
             s.held_until = s.held_until - numtodsinterval(in_seconds, 'SECOND');
      update crm_quota q
         set q.paused_until = q.paused_until - numtodsinterval(in_seconds, 'SECOND'),
             q.probe_on     = q.probe_on - numtodsinterval(in_seconds, 'SECOND');
   end wait_seconds;

   -- Takes all that there is, by two daemons.
   procedure take_all
   is
      l_sum pls_integer := 0;
   begin
      begin_anew;
      <<blocks>>
      for i in 1 .. 3 loop
         l_sum := l_sum + taken(in_worker_id => 'daemon-a') + taken(in_worker_id => 'daemon-b');
      end loop blocks;
      ut.expect(l_sum).to_equal(co_calls);
   end take_all;

   function told(
      in_what    in varchar2,
      in_seconds in number
   ) return varchar2
   is
   begin
      return '[[1,' || l_grant_no || ',"' || in_what || '",' || in_seconds || ']]';
   end told;

   -- One slot only, taken; the others were never there.
   procedure take_one
   is
   begin
      begin_anew;
      ut.expect(taken(in_calls => 1)).to_equal(1);
   end take_one;

   procedure never_more
   is
   begin
      take_all;
      ut.expect(l_used).to_equal(co_calls);
      ut.expect(l_others).to_equal(6);
      ut.expect(l_wait).to_be_greater_than(0);
      ut.expect(taken).to_equal(0);
   end never_more;

   procedure small_blocks
   is
   begin
      begin_anew;
      ut.expect(taken).to_equal(2);
      ut.expect(taken(in_wanted => 1)).to_equal(1);
      ut.expect(taken(in_wanted => 0)).to_equal(0);
   end small_blocks;

   procedure silent_holder
   is
   begin
      take_all;
      -- held for 10 seconds, and granted again 20 seconds before they can be used
      wait_seconds(in_seconds => 89);
      ut.expect(taken).to_equal(0);
      wait_seconds(in_seconds => 2);
      ut.expect(taken).to_equal(2);
      ut.expect(regexp_substr(l_slots, '[0-9.]+', 1, 2)).to_be_like('1%.%');
   end silent_holder;

   procedure made
   is
   begin
      take_one;
      wait_seconds(in_seconds => 10);
      ut.expect(taken(in_calls => 1, in_told => told(in_what => 'MADE', in_seconds => 8))).to_equal(0);
      wait_seconds(in_seconds => 71);
      ut.expect(taken(in_calls => 1)).to_equal(0);
      wait_seconds(in_seconds => 2);
      ut.expect(taken(in_calls => 1)).to_equal(1);
   end made;

   procedure ahead
   is
      l_from number;
   begin
      take_one;
      ut.expect(taken(in_calls => 1, in_told => told(in_what => 'MADE', in_seconds => 0))).to_equal(0);
      wait_seconds(in_seconds => 85);
      ut.expect(taken(in_calls => 1)).to_equal(1);
      select j.from_seconds
        into l_from
        from json_table(l_slots, '$[*]' columns (from_seconds number path '$[1]')) j;
      ut.expect(l_from).to_be_between(14, 15);
   end ahead;

   procedure unused
   is
   begin
      take_one;
      ut.expect(taken(in_calls => 1, in_told => told(in_what => 'UNUSED', in_seconds => 0))).to_equal(1);
   end unused;

   procedure underway
   is
   begin
      take_one;
      wait_seconds(in_seconds => 50);
      ut.expect(taken(in_calls => 1, in_told => told(in_what => 'UNDERWAY', in_seconds => 0))).to_equal(0);
      wait_seconds(in_seconds => 85);
      ut.expect(taken(in_calls => 1)).to_equal(0);
   end underway;

   procedure passed_on
   is
      l_first varchar2(100 char);
   begin
      take_one;
      l_first := told(in_what => 'UNUSED', in_seconds => 0);
      wait_seconds(in_seconds => 111);
      ut.expect(taken(in_calls => 1)).to_equal(1);
      ut.expect(taken(in_calls => 1, in_told => l_first)).to_equal(0);
   end passed_on;

   procedure pause_for_all
   is
   begin
      begin_anew;
      crm_quota_book.pause_calls(
         in_worker_id => 'daemon-a',
         in_seconds   => 60,
         in_reason    => 'rate_limited'
      );
      crm_quota_book.pause_calls(
         in_worker_id => 'daemon-b',
         in_seconds   => 5,
         in_reason    => 'unavailable'
      );
      ut.expect(taken(in_worker_id => 'daemon-c')).to_equal(0);
      ut.expect(l_pause).to_be_between(59, 60);
      ut.expect(l_reason).to_equal('rate_limited');
      wait_seconds(in_seconds => 61);
      ut.expect(taken(in_worker_id => 'daemon-c')).to_equal(2);
      ut.expect(l_pause).to_equal(0);
   end pause_for_all;

   procedure refused_for_all
   is
   begin
      begin_anew;
      crm_quota_book.refuse_calls(
         in_worker_id   => 'daemon-a',
         in_http_status => 401
      );
      ut.expect(taken(in_worker_id => 'daemon-b')).to_equal(0);
      ut.expect(l_status).to_equal(401);
      crm_quota_book.admit_calls(in_worker_id => 'daemon-a');
      ut.expect(taken(in_worker_id => 'daemon-b')).to_equal(2);
      ut.expect(l_status).to_be_null;
   end refused_for_all;

   function probe(
      in_worker_id in varchar2,
      in_is_start  in varchar2 default 'N'
   ) return varchar2
   is
      l_is_ours    varchar2(1 char);
      l_is_refused varchar2(1 char);
   begin
      crm_quota_book.take_probe(
         in_worker_id     => in_worker_id,
         in_is_start      => in_is_start,
         out_is_ours      => l_is_ours,
         out_wait_seconds => l_wait,
         out_is_refused   => l_is_refused
      );
      return l_is_ours || l_is_refused;
   end probe;

   procedure turns_of_the_probe
   is
   begin
      begin_anew;
      ut.expect(probe(in_worker_id => 'daemon-a')).to_equal('NN');
      crm_quota_book.refuse_calls(
         in_worker_id   => 'daemon-a',
         in_http_status => 401
      );
      ut.expect(probe(in_worker_id => 'daemon-a')).to_equal('NS');
      ut.expect(l_wait).to_be_between(29, 30);
      wait_seconds(in_seconds => 31);
      ut.expect(probe(in_worker_id => 'daemon-a')).to_equal('SS');
      ut.expect(probe(in_worker_id => 'daemon-b')).to_equal('NS');
      ut.expect(l_wait).to_be_between(59, 60);
      wait_seconds(in_seconds => 31);
      ut.expect(probe(in_worker_id => 'daemon-b')).to_equal('NS');
      ut.expect(probe(in_worker_id => 'daemon-b', in_is_start => 'S')).to_equal('SS');
      crm_quota_book.admit_calls(in_worker_id => 'daemon-b');
      ut.expect(probe(in_worker_id => 'daemon-a')).to_equal('NN');
   end turns_of_the_probe;

   procedure day_ends
   is
   begin
      begin_anew;
      ut.expect(taken(in_wanted => 1, in_day_calls => 2)).to_equal(1);
      ut.expect(taken(in_day_calls => 2)).to_equal(1);
      ut.expect(taken(in_day_calls => 2)).to_equal(0);
      ut.expect(l_pause).to_be_greater_than(0);
      l_slots := '[[2,' || l_grant_no || ',"UNUSED",0]]';
      ut.expect(taken(in_wanted => 1, in_told => l_slots, in_day_calls => 2)).to_equal(1);
      update crm_quota q
         set q.day_on = q.day_on - 1;
      ut.expect(taken(in_day_calls => 2)).to_equal(2);
   end day_ends;

   procedure day_told
   is
   begin
      begin_anew;
      ut.expect(taken(in_wanted => 1, in_day_calls => 50)).to_equal(1);
      ut.expect(
         taken(
            in_told      => told(in_what => 'MADE', in_seconds => 0),
            in_day_calls => 50,
            in_day_left  => 1
         )
      ).to_equal(1);
      ut.expect(taken(in_day_calls => 50)).to_equal(0);
   end day_told;

   procedure no_quota
   is
   begin
      ut.expect(taken(in_calls => 0)).to_equal(0);
   end no_quota;
end crm_test_quota;
/
