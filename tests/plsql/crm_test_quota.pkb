create or replace package body crm_test_quota
is
   co_calls  constant pls_integer := 10;
   co_window constant number := 100;
   co_use    constant number := 5;

   l_ask_no pls_integer := 0;
   l_wait   number;
   l_pause  number;
   l_reason varchar2(30 char);
   l_status number;

   -- Calls granted of so many wanted.
   function taken(
      in_holder     in varchar2 default 'daemon-a',
      in_wanted     in pls_integer default 100,
      in_kept       in pls_integer default 0,
      in_made       in varchar2 default null,
      in_calls      in pls_integer default co_calls,
      in_quota_name in varchar2 default 'CALLS',
      in_ask_no     in pls_integer default null
   ) return pls_integer
   is
      l_granted pls_integer;
   begin
      l_ask_no := l_ask_no + 1;
      crm_quota_book.take_calls(
         in_quota_name      => in_quota_name,
         in_holder          => in_holder,
         in_ask_no          => coalesce(in_ask_no, l_ask_no),
         in_calls           => in_calls,
         in_window_seconds  => co_window,
         in_use_seconds     => co_use,
         in_kept            => in_kept,
         in_made            => in_made,
         in_wanted          => in_wanted,
         out_granted        => l_granted,
         out_wait_seconds   => l_wait,
         out_paused_seconds => l_pause,
         out_pause_reason   => l_reason,
         out_refused_status => l_status
      );
      return l_granted;
   end taken;

   procedure begin_anew
   is
   begin
      delete from crm_quota_spent;
      delete from crm_quota_holders;
      delete from crm_workers;
      update crm_quota q
         set q.paused_until   = null,
             q.pause_reason   = null,
             q.refused_on     = null,
             q.refused_status = null,
             q.probed_on      = null,
             q.closed_until   = null;
   end begin_anew;

   -- As if so many seconds had gone by.
   procedure wait_seconds(in_seconds in number)
   is
   begin
      update crm_quota_spent s
         set s.counts_until = s.counts_until - numtodsinterval(in_seconds, 'SECOND');
      update crm_quota_holders h
         set h.counts_until = h.counts_until - numtodsinterval(in_seconds, 'SECOND');
      update crm_workers w
         set w.heartbeat_on = w.heartbeat_on - numtodsinterval(in_seconds, 'SECOND'),
             w.booked_on    = w.booked_on - numtodsinterval(in_seconds, 'SECOND');
      update crm_quota q
         set q.paused_until = q.paused_until - numtodsinterval(in_seconds, 'SECOND'),
             q.probed_on    = q.probed_on - numtodsinterval(in_seconds, 'SECOND'),
             q.closed_until = q.closed_until - numtodsinterval(in_seconds, 'SECOND');
   end wait_seconds;

   procedure never_more
   is
   begin
      begin_anew;
      ut.expect(taken(in_wanted => 4)).to_equal(4);
      ut.expect(taken(in_holder => 'daemon-b', in_wanted => 2)).to_equal(2);
      ut.expect(taken(in_holder => 'daemon-c', in_wanted => 1)).to_equal(1);
      ut.expect(taken(in_kept => 4)).to_equal(1);
      ut.expect(taken(in_kept => 5)).to_equal(1);
      ut.expect(taken(in_kept => 6)).to_equal(1);
      ut.expect(taken(in_kept => 7)).to_equal(0);
      ut.expect(taken(in_holder => 'daemon-d')).to_equal(0);
   end never_more;

   procedure silent_holder
   is
   begin
      begin_anew;
      ut.expect(taken).to_equal(co_calls);
      wait_seconds(in_seconds => co_window + co_use);
      ut.expect(taken(in_holder => 'daemon-b')).to_equal(0);
      wait_seconds(in_seconds => 1);
      ut.expect(taken(in_holder => 'daemon-b')).to_equal(co_calls);
   end silent_holder;

   procedure made
   is
   begin
      begin_anew;
      ut.expect(taken).to_equal(co_calls);
      -- four arrived three seconds ago, six now
      ut.expect(taken(in_made => '[[4,3],[6,0]]')).to_equal(0);
      wait_seconds(in_seconds => co_window - 4);
      ut.expect(taken).to_equal(0);
      wait_seconds(in_seconds => 2);
      ut.expect(taken).to_equal(4);
   end made;

   procedure given_back
   is
   begin
      begin_anew;
      ut.expect(taken).to_equal(co_calls);
      ut.expect(taken(in_wanted => 0, in_made => '[[1,0]]')).to_equal(0);
      ut.expect(taken).to_equal(co_calls - 1);
   end given_back;

   procedure under_way
   is
   begin
      begin_anew;
      ut.expect(taken).to_equal(co_calls);
      wait_seconds(in_seconds => co_window);
      ut.expect(taken(in_wanted => 0, in_kept => co_calls)).to_equal(0);
      wait_seconds(in_seconds => co_window);
      ut.expect(taken(in_holder => 'daemon-b')).to_equal(0);
   end under_way;

   procedure late_question
   is
   begin
      begin_anew;
      ut.expect(taken(in_wanted => 6, in_ask_no => 2)).to_equal(6);
      ut.expect(taken(in_wanted => 1, in_ask_no => 1)).to_equal(0);
      ut.expect(taken(in_holder => 'daemon-b', in_wanted => 2)).to_equal(2);
      ut.expect(taken(in_holder => 'daemon-c', in_wanted => 3)).to_equal(1);
   end late_question;

   procedure parts
   is
   begin
      begin_anew;
      ut.expect(taken(in_wanted => 1)).to_equal(1);
      ut.expect(taken(in_holder => 'daemon-b')).to_equal(5);
      -- daemon-a has not asked for long
      wait_seconds(in_seconds => co_use + 2);
      ut.expect(taken(in_holder => 'daemon-b', in_kept => 5)).to_equal(4);
   end parts;

   procedure waiting
   is
   begin
      begin_anew;
      ut.expect(taken).to_equal(co_calls);
      ut.expect(taken(in_made => '[[1,60],[3,50],[6,10]]')).to_equal(0);
      ut.expect(l_wait).to_be_between(39, 41);
      -- as many as are wanted are free much later
      ut.expect(taken(in_calls => 20 * co_calls, in_wanted => 194)).to_equal(190);
      ut.expect(l_wait).to_be_between(49, 51);
   end waiting;

   procedure own_budget
   is
   begin
      begin_anew;
      ut.expect(taken).to_equal(co_calls);
      ut.expect(taken(in_quota_name => 'search', in_calls => 3)).to_equal(3);
      ut.expect(taken(in_holder => 'daemon-b', in_quota_name => 'search', in_calls => 3)).to_equal(0);
   end own_budget;

   procedure smaller
   is
   begin
      begin_anew;
      ut.expect(taken).to_equal(co_calls);
      ut.expect(taken(in_wanted => 1, in_kept => 4, in_made => '[[6,0]]', in_calls => 4)).to_equal(0);
      ut.expect(l_wait).to_equal(co_use);
   end smaller;

   procedure pause_for_all
   is
   begin
      begin_anew;
      crm_quota_book.pause_calls(in_seconds => 60, in_reason => 'RATE_LIMITED');
      crm_quota_book.pause_calls(in_seconds => 5, in_reason => 'PAUSED');
      ut.expect(taken(in_wanted => 1)).to_equal(1);
      ut.expect(l_pause).to_be_between(58, 60);
      ut.expect(l_reason).to_equal('RATE_LIMITED');
      wait_seconds(in_seconds => 61);
      ut.expect(taken(in_holder => 'daemon-b', in_wanted => 1)).to_equal(1);
      ut.expect(l_pause).to_equal(0);
   end pause_for_all;

   procedure refused_for_all
   is
   begin
      begin_anew;
      crm_quota_book.refuse_calls(in_http_status => 401);
      ut.expect(taken(in_wanted => 1)).to_equal(1);
      ut.expect(l_status).to_equal(401);
      crm_quota_book.admit_calls;
      crm_quota_book.read_stops(
         out_paused_seconds => l_pause,
         out_pause_reason   => l_reason,
         out_refused_status => l_status
      );
      ut.expect(l_status).to_be_null;
   end refused_for_all;

   procedure turns_of_the_probe
   is
      -- Whose turn it is, and whether anything is refused.
      function turn(in_after_seconds in number default 30) return varchar2
      is
         l_is_ours    varchar2(1 char);
         l_is_refused varchar2(1 char);
      begin
         crm_quota_book.take_probe(
            in_after_seconds => in_after_seconds,
            out_is_ours      => l_is_ours,
            out_is_refused   => l_is_refused
         );
         return l_is_ours || l_is_refused;
      end turn;
   begin
      begin_anew;
      ut.expect(turn).to_equal('NN');
      crm_quota_book.refuse_calls(in_http_status => 401);
      ut.expect(turn).to_equal('NS');
      wait_seconds(in_seconds => 31);
      ut.expect(turn).to_equal('SS');
      ut.expect(turn).to_equal('NS');
      wait_seconds(in_seconds => 31);
      ut.expect(turn(in_after_seconds => 60)).to_equal('NS');
      ut.expect(turn).to_equal('SS');
      crm_quota_book.admit_calls;
      ut.expect(turn).to_equal('NN');
   end turns_of_the_probe;

   -- By how many a daemon that has just started, or beats, divides the quota.
   function joined(
      in_worker_id in varchar2,
      in_is_start  in varchar2 default 'S'
   ) return pls_integer
   is
      l_sharing pls_integer;
   begin
      crm_bridge_api.join_calls(
         in_worker_id       => in_worker_id,
         in_is_start        => in_is_start,
         in_seconds         => co_window,
         out_sharing        => l_sharing,
         out_paused_seconds => l_pause,
         out_pause_reason   => l_reason,
         out_refused_status => l_status
      );
      return l_sharing;
   end joined;

   procedure beat(in_worker_id in varchar2)
   is
      l_live pls_integer;
   begin
      crm_worker.heartbeat(
         in_worker_id     => in_worker_id,
         out_live_workers => l_live
      );
   end beat;

   procedure older_release
   is
   begin
      begin_anew;
      beat(in_worker_id => 'old-a');
      ut.expect(joined('daemon-a')).to_equal(1);
      beat(in_worker_id => 'daemon-a');
      ut.expect(joined('daemon-a', in_is_start => 'N')).to_equal(2);
      wait_seconds(in_seconds => co_window);
      ut.expect(taken).to_equal(0);
      ut.expect(l_wait).to_be_between(14, 16);
      wait_seconds(in_seconds => 16);
      ut.expect(taken).to_equal(co_calls);
      -- it has ended, and its calls no longer count
      ut.expect(joined('daemon-a', in_is_start => 'N')).to_equal(1);
   end older_release;

   procedure older_release_of_the_name
   is
   begin
      begin_anew;
      beat(in_worker_id => 'daemon-a');
      ut.expect(joined('daemon-a')).to_equal(1);
      ut.expect(taken).to_equal(0);
   end older_release_of_the_name;

   procedure newer_releases
   is
   begin
      begin_anew;
      ut.expect(joined('daemon-a')).to_equal(1);
      beat(in_worker_id => 'daemon-a');
      ut.expect(joined('daemon-b')).to_equal(1);
      beat(in_worker_id => 'daemon-b');
      ut.expect(joined('daemon-b')).to_equal(1);
      ut.expect(taken).to_equal(co_calls);
   end newer_releases;

   procedure no_quota
   is
   begin
      ut.expect(taken(in_calls => 0)).to_equal(0);
   end no_quota;

   procedure no_json
   is
   begin
      ut.expect(taken(in_made => 'gestern')).to_equal(0);
   end no_json;
end crm_test_quota;
/
