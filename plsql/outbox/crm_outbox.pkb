create or replace package body crm_outbox
is
   co_max_detail  constant pls_integer := 1000;
   co_reason_loop constant crm_outbox_events.reason_class%type := 'loop';
   co_no_fields  constant crm_outbox_events.changed_fields%type := '[]';
   co_remove     constant crm_outbox_events.operation%type := 'REMOVE';

   procedure assert_range(
      in_name  in varchar2,
      in_value in pls_integer,
      in_max   in pls_integer
   )
   is
   begin
      if in_value is null or in_value not between 1 and in_max then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => in_name || ' = ' || in_value || ', allowed 1 to ' || in_max
         );
      end if;
   end assert_range;

   procedure append(
      in_record_keys in  crm_record_keys_ct,
      in_origin      in  crm_types.origin_type,
      out_event_ids  out crm_ids_ct,
      out_versions   out crm_ids_ct
   )
   is
   begin
      crm_changes.append(
         in_record_keys => in_record_keys,
         in_origin      => in_origin,
         out_event_ids  => out_event_ids,
         out_versions   => out_versions
      );
   end append;

   function last_client(
      in_after in number,
      in_limit in pls_integer
   ) return number
   is
      l_last crm_records.client_code%type;
   begin
      select max(p.code)
        into l_last
        from (
                select c.code
                  from erp.clients c
                 where c.code > in_after
                 order by c.code
                 fetch first in_limit rows only
             ) p;
      return l_last;
   end last_client;

   procedure append_unsent(
      in_after     in  number,
      in_to        in  number,
      out_appended out pls_integer
   )
   is
   begin
      insert into crm_outbox_events (record_key, version, origin)
      select v.record_key, crm_versions_seq.nextval, crm_types.co_origin_initial
        from vw_crm_clients v
       where v.client_code > in_after
         and v.client_code <= in_to
         and not exists (
                select null
                  from crm_records r
                 where r.record_key = v.record_key
                   and r.agreed_image is not null
             )
         and not exists (
                select null
                  from crm_outbox_events e
                 where e.record_key = v.record_key
                   and e.status in ('READY', 'INFLIGHT', 'PARKED')
             );
      out_appended := sql%rowcount;
   end append_unsent;

   procedure find_waiting(
      in_record_key in  crm_outbox_events.record_key%type,
      out_event_id  out crm_outbox_events.event_id%type,
      out_version   out crm_outbox_events.version%type
   )
   is
   begin
      select max(e.event_id) keep (dense_rank last order by e.version), max(e.version)
        into out_event_id, out_version
        from crm_outbox_events e
       where e.record_key = in_record_key
         and e.status = 'READY'
         and (e.next_attempt_at is null or e.next_attempt_at <= systimestamp);
   end find_waiting;

   -- A change whose transaction committed late may have an older version than one that was claimed before it.
   procedure renumber_latecomers(in_event_ids in crm_ids_ct)
   is
   begin
      forall i in 1 .. in_event_ids.count
         update crm_outbox_events e
            set e.version = crm_versions_seq.nextval
          where e.event_id = in_event_ids(i)
            and e.attempts = 0
            and e.version <= (
                   select r.version
                     from crm_records r
                    where r.record_key = e.record_key
                );
   end renumber_latecomers;

   procedure supersede_older(
      in_record_keys in crm_record_keys_ct,
      in_versions    in crm_ids_ct
   )
   is
   begin
      forall i in 1 .. in_record_keys.count
         update crm_outbox_events e
            set e.status     = crm_types.co_superseded,
                e.settled_on = systimestamp
          where e.record_key = in_record_keys(i)
            and e.status = 'READY'
            and e.version < in_versions(i);
   end supersede_older;

   -- Reads each branch as it is now and decides: in flight, or nothing to send.
   procedure take(in_event_ids in crm_ids_ct)
   is
      co_deliveries constant number := crm_config.number_value(in_name => crm_config.co_loop_deliveries);
      co_minutes    constant number := crm_config.number_value(in_name => crm_config.co_loop_minutes);
      co_loop       constant crm_outbox_events.detail%type := co_deliveries || ' deliveries within ' || co_minutes
         || ' minutes, each after a change from the CRM: the two sides answer each other';
   begin
      -- one event at a time, in one bulk bind: by keys whatever the statistics say. A join with table(in_event_ids),
      -- whose size the optimizer only guesses, may read every branch of the ERP
      forall i in 1 .. in_event_ids.count
         merge into crm_outbox_events tgt
         using (
                  select e.event_id,
                         s.operation,
                         s.document,
                         s.row_hash,
                         s.changed_fields,
                         s.steps,
                         s.is_in_doubt,
                         s.fence_token,
                         case
                            when s.is_unchanged = crm_types.co_yes then crm_types.co_unchanged
                            when r.loop_count >= co_deliveries
                               and r.loop_since >= systimestamp - numtodsinterval(co_minutes, 'MINUTE')
                            then crm_types.co_parked
                            else crm_types.co_inflight
                         end as status
                    from crm_outbox_events e
                    join crm_record_changes_v s
                      on s.record_key = e.record_key
                    join crm_records r
                      on r.record_key = e.record_key
                   where e.event_id = in_event_ids(i)
               ) src
            on (tgt.event_id = src.event_id)
          when matched then
               update
                  set tgt.status          = src.status,
                      tgt.settled_on      = case
                                               when src.status <> 'INFLIGHT' then systimestamp
                                            end,
                      tgt.attempts        = tgt.attempts + case src.status
                                                              when crm_types.co_inflight then 1
                                                              else 0
                                                           end,
                      tgt.reason_class    = case src.status
                                               when crm_types.co_parked then co_reason_loop
                                               else tgt.reason_class
                                            end,
                      tgt.detail          = case src.status
                                               when crm_types.co_parked then co_loop
                                               else tgt.detail
                                            end,
                      tgt.operation       = src.operation,
                      tgt.document        = src.document,
                      tgt.row_hash        = hextoraw(src.row_hash),
                      tgt.changed_fields  = src.changed_fields,
                      tgt.steps           = src.steps,
                      tgt.is_in_doubt     = src.is_in_doubt,
                      tgt.fence_token     = src.fence_token,
                      tgt.idempotency_key = coalesce(
                                               tgt.idempotency_key,
                                               'erp:' || tgt.record_key || ':' || tgt.version
                                            ),
                      tgt.next_attempt_at = null;
   end take;

   procedure claim_newest(
      in_worker_id   in     crm_records.lease_owner%type,
      in_record_keys in     crm_record_keys_ct,
      io_event_ids   in out crm_ids_ct
   )
   is
      t_keys      crm_record_keys_ct;
      t_ids       crm_ids_ct;
      t_versions  crm_ids_ct;
      t_unchanged crm_record_keys_ct;
      t_inflight  crm_ids_ct;
   begin
      select e.record_key,
             max(e.event_id) keep (dense_rank last order by e.version),
             max(e.version)
        bulk collect into t_keys, t_ids, t_versions
        from crm_outbox_events e
       where e.record_key in (select /*+ cardinality(k 100) */ k.column_value from table(in_record_keys) k)
         and e.status = 'READY'
       group by e.record_key;

      -- before the document is read: whatever is superseded is in it
      supersede_older(
         in_record_keys => t_keys,
         in_versions    => t_versions
      );
      renumber_latecomers(in_event_ids => t_ids);
      take(in_event_ids => t_ids);

      forall i in 1 .. t_ids.count
         update crm_records r
            set r.version = (
                   select e.version
                     from crm_outbox_events e
                    where e.event_id = t_ids(i)
                )
          where r.record_key = t_keys(i);

      insert into crm_outbox_attempts (event_id, attempt, worker_id, fence_token)
      select e.event_id, e.attempts, in_worker_id, e.fence_token
        from crm_outbox_events e
       where e.event_id in (select /*+ cardinality(t 100) */ t.column_value from table(t_ids) t)
         and e.status = 'INFLIGHT';

      select e.event_id
        bulk collect into t_inflight
        from crm_outbox_events e
       where e.event_id in (select /*+ cardinality(t 100) */ t.column_value from table(t_ids) t)
         and e.status = 'INFLIGHT'
       order by e.event_id;
      <<claimed>>
      for i in 1 .. t_inflight.count loop
         io_event_ids.extend;
         io_event_ids(io_event_ids.count) := t_inflight(i);
      end loop claimed;

      -- unchanged, or settled by somebody between the search and the lease
      select /*+ cardinality(k 100) */ k.column_value
        bulk collect into t_unchanged
        from table(in_record_keys) k
       where not exists (
                select null
                  from crm_outbox_events e
                 where e.record_key = k.column_value
                   and e.status = 'INFLIGHT'
             );
      crm_record.give_back(in_record_keys => t_unchanged);
   end claim_newest;

   procedure claim_records(
      in_worker_id     in     crm_records.lease_owner%type,
      in_record_keys   in     crm_record_keys_ct,
      in_lease_seconds in     pls_integer,
      io_event_ids     in out crm_ids_ct
   )
   is
      t_leased crm_record_keys_ct;
   begin
      crm_record.lease(
         in_record_keys   => in_record_keys,
         in_worker_id     => in_worker_id,
         in_lease_seconds => in_lease_seconds,
         out_record_keys  => t_leased
      );
      if t_leased.count > 0 then
         claim_newest(
            in_worker_id   => in_worker_id,
            in_record_keys => t_leased,
            io_event_ids   => io_event_ids
         );
      end if;
   end claim_records;

   procedure claim(
      in_worker_id     in  crm_records.lease_owner%type,
      in_batch_size    in  pls_integer,
      in_lease_seconds in  pls_integer,
      out_event_ids    out crm_ids_ct
   )
   is
      co_hold_seconds constant number := crm_config.number_value(in_name => crm_config.co_hold_seconds);
      -- what is equal is settled here, without a call of the CRM: a burst of it must not make the claim last for ever
      co_until        constant timestamp with time zone := systimestamp + interval '5' second;
      -- What waits, in pages, in the order of the index, which the hint makes sure of: nothing is sorted or counted, so
      -- a claim costs what it reads of the backlog, not the backlog. A literal, so that the optimizer knows how few.
      -- No lock here: the row of the record is the mutex, and crm_record.lease skips what is locked; a webhook that
      -- is due goes first, or a value that the CRM owns would be overwritten before it is merged; so does one that
      -- waits for its retry, for a time: it may be one that never succeeds
      cursor c_page(in_after in crm_outbox_events.event_id%type) is
         select p.event_id,
                p.record_key,
                case
                   when (p.next_attempt_at is null or p.next_attempt_at <= systimestamp)
                      and r.lease_owner is null
                      and not exists (
                             select null
                               from crm_inbox_events i
                              where i.crm_id = r.crm_id
                                and i.status = 'READY'
                                and (
                                       i.next_attempt_at is null
                                       or i.next_attempt_at <= systimestamp
                                       or i.failures > 0
                                      and i.received_on > systimestamp - numtodsinterval(co_hold_seconds, 'SECOND')
                                    )
                          )
                   then crm_types.co_yes
                   else crm_types.co_no
                end as is_due
           from (
                   select w.event_id, w.record_key, w.next_attempt_at
                     from (
                             select /*+ index(e crm_outbox_events_status_idx) */
                                    e.event_id, e.record_key, e.next_attempt_at
                               from crm_outbox_events e
                              where e.status = 'READY'
                                and e.event_id > in_after
                              order by e.event_id
                          ) w
                    where rownum <= 200
                ) p
           left join crm_records r
             on r.record_key = p.record_key
          order by p.event_id;
      type page_type is table of c_page%rowtype;
      t_page page_type;
      l_last crm_outbox_events.event_id%type := 0;
      t_next crm_record_keys_ct := crm_record_keys_ct();
      t_seen crm_types.record_key_set_type;
   begin
      assert_range(
         in_name  => 'batch_size',
         in_value => in_batch_size,
         in_max   => crm_types.co_max_batch_size
      );
      assert_range(
         in_name  => 'lease_seconds',
         in_value => in_lease_seconds,
         in_max   => crm_types.co_max_lease_seconds
      );
      out_event_ids := crm_ids_ct();
      <<waiting_changes>>
      loop
         open c_page(l_last);
         fetch c_page bulk collect into t_page;
         close c_page;
         exit waiting_changes when t_page.count = 0;
         l_last := t_page(t_page.count).event_id;
         <<records>>
         for i in 1 .. t_page.count loop
            if t_page(i).is_due = crm_types.co_yes and not t_seen.exists(t_page(i).record_key) then
               t_seen(t_page(i).record_key) := 1;
               t_next.extend;
               t_next(t_next.count) := t_page(i).record_key;
            end if;
            -- as many records at a time as are wanted still, so that the oldest come first
            if t_next.count > 0 and (t_next.count = in_batch_size - out_event_ids.count or i = t_page.count) then
               claim_records(
                  in_worker_id     => in_worker_id,
                  in_record_keys   => t_next,
                  in_lease_seconds => in_lease_seconds,
                  io_event_ids     => out_event_ids
               );
               t_next := crm_record_keys_ct();
               exit waiting_changes when out_event_ids.count >= in_batch_size or systimestamp > co_until;
            end if;
         end loop records;
      end loop waiting_changes;
   end claim;

   procedure end_attempt(
      in_event_id     in crm_outbox_attempts.event_id%type,
      in_attempt      in crm_outbox_attempts.attempt%type,
      in_outcome      in crm_outbox_attempts.outcome%type,
      in_calls        in crm_outbox_attempts.calls%type,
      in_http_status  in crm_outbox_attempts.http_status%type,
      in_reason_class in crm_outbox_attempts.reason_class%type,
      in_detail       in crm_outbox_attempts.detail%type
   )
   is
   begin
      update crm_outbox_attempts a
         set a.ended_on     = systimestamp,
             a.outcome      = in_outcome,
             a.calls        = in_calls,
             a.http_status  = in_http_status,
             a.reason_class = in_reason_class,
             a.detail       = substr(in_detail, 1, co_max_detail)
       where a.event_id = in_event_id
         and a.attempt = in_attempt;
   end end_attempt;

   -- The lead has in the CRM what the claim said.
   procedure agree_lead(
      in_event  in crm_outbox_events%rowtype,
      in_crm_id in crm_records.crm_id%type,
      in_sent   in varchar2
   )
   is
      l_crm_id crm_records.crm_id%type := in_crm_id;
   begin
      if l_crm_id is null and in_event.document is not null then
         l_crm_id := json_object_t.parse(in_event.document).get_number('crm_id');
      end if;
      crm_record.agree(
         in_record_key => in_event.record_key,
         in_crm_id     => l_crm_id,
         in_image      => crm_substitute.image_of(in_document => in_event.document, in_sent => in_sent),
         in_hash       => in_event.row_hash,
         in_version    => case
                             when in_event.row_hash is not null or in_event.document is null then in_event.version
                          end
      );
      crm_substitute.note(
         in_record_key => in_event.record_key,
         in_document   => in_event.document,
         in_sent       => in_sent
      );
      crm_record.store_crm_id(in_record_key => in_event.record_key);
   end agree_lead;

   procedure settle_delivered(in_event in crm_outbox_events%rowtype)
   is
   begin
      update crm_outbox_events e
         set e.status       = crm_types.co_delivered,
             e.settled_on   = systimestamp,
             e.reason_class = null,
             e.detail       = null
       where e.event_id = in_event.event_id;
      -- what was parked for a person has been overtaken
      update crm_outbox_events e
         set e.status     = crm_types.co_superseded,
             e.settled_on = systimestamp
       where e.record_key = in_event.record_key
         and e.status = 'PARKED'
         and e.version < in_event.version;
   end settle_delivered;

   procedure settle_failed(
      in_event         in crm_outbox_events%rowtype,
      in_outcome       in crm_outbox_attempts.outcome%type,
      in_reason_class  in crm_outbox_attempts.reason_class%type,
      in_detail        in crm_outbox_attempts.detail%type,
      in_retry_seconds in number
   )
   is
      l_failures crm_outbox_events.failures%type := in_event.failures;
      l_status   crm_outbox_events.status%type := crm_types.co_ready;
   begin
      if in_reason_class is null or in_reason_class not in ('rate_limited', 'auth', 'unavailable') then
         l_failures := l_failures + 1;
      end if;
      if in_outcome = crm_types.co_parked
         or l_failures >= crm_config.number_value(in_name => crm_config.co_max_failures)
      then
         l_status := crm_types.co_parked;
      end if;
      update crm_outbox_events e
         set e.status          = l_status,
             e.settled_on      = case l_status
                                    when crm_types.co_parked then systimestamp
                                 end,
             e.failures        = l_failures,
             e.next_attempt_at = case
                                    when in_retry_seconds is not null
                                    then systimestamp + numtodsinterval(in_retry_seconds, 'SECOND')
                                 end,
             e.reason_class    = in_reason_class,
             e.detail          = substr(in_detail, 1, co_max_detail)
       where e.event_id = in_event.event_id;
   end settle_failed;

   procedure doubt_lead(in_event in crm_outbox_events%rowtype)
   is
   begin
      update crm_records r
         set r.doubtful_fields = in_event.changed_fields
       where r.record_key = in_event.record_key
         and in_event.changed_fields <> co_no_fields;
   end doubt_lead;

   procedure assert_claim(
      in_event_id    in  crm_outbox_events.event_id%type,
      in_fence_token in  crm_outbox_events.fence_token%type,
      out_event      out crm_outbox_events%rowtype
   )
   is
   begin
      select e.*
        into out_event
        from crm_outbox_events e
       where e.event_id = in_event_id;
      crm_record.assert_lease(
         in_record_key  => out_event.record_key,
         in_fence_token => in_fence_token
      );
      if out_event.status <> crm_types.co_inflight or out_event.fence_token <> in_fence_token then
         crm_err.raise_error(
            in_number => crm_err.co_stale_claim,
            in_detail => 'event ' || in_event_id || ' is ' || out_event.status
         );
      end if;
   exception
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_unknown_event,
            in_detail => 'event ' || in_event_id
         );
   end assert_claim;

   procedure narrow(
      in_event_id       in crm_outbox_events.event_id%type,
      in_document       in crm_outbox_events.document%type,
      in_changed_fields in crm_outbox_events.changed_fields%type
   )
   is
   begin
      update crm_outbox_events e
         set e.document       = in_document,
             e.row_hash       = null,
             e.changed_fields = in_changed_fields
       where e.event_id = in_event_id;
   end narrow;

   procedure narrow_steps(
      in_event_id in crm_outbox_events.event_id%type,
      in_steps    in crm_outbox_events.steps%type
   )
   is
   begin
      update crm_outbox_events e
         set e.steps = in_steps
       where e.event_id = in_event_id;
   end narrow_steps;

   procedure settle(
      in_event_id      in  crm_outbox_events.event_id%type,
      in_fence_token   in  crm_outbox_events.fence_token%type,
      in_outcome       in  crm_outbox_attempts.outcome%type,
      in_crm_id        in  crm_records.crm_id%type,
      in_calls         in  crm_outbox_attempts.calls%type,
      in_http_status   in  crm_outbox_attempts.http_status%type,
      in_reason_class  in  crm_outbox_attempts.reason_class%type,
      in_detail        in  crm_outbox_attempts.detail%type,
      in_retry_seconds in  number,
      out_record_key   out crm_outbox_events.record_key%type,
      in_steps         in  crm_outbox_events.steps%type default null
   )
   is
      r_event        crm_outbox_events%rowtype;
      l_is_lead_done boolean;
      l_begun        pls_integer;
      l_sent         varchar2(1000 char);
   begin
      if in_outcome is null
         or in_outcome not in (
               crm_types.co_delivered, crm_types.co_retry, crm_types.co_in_doubt, crm_types.co_parked
            )
      then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_outcome,
            in_detail => in_outcome || ', allowed DELIVERED, RETRY, IN_DOUBT, PARKED'
         );
      end if;
      assert_claim(
         in_event_id    => in_event_id,
         in_fence_token => in_fence_token,
         out_event      => r_event
      );
      crm_steps.settle(
         in_event         => r_event,
         in_outcome       => in_outcome,
         in_steps         => in_steps,
         out_is_lead_done => l_is_lead_done,
         out_begun        => l_begun,
         out_sent         => l_sent
      );
      if r_event.operation = co_remove and in_outcome in (crm_types.co_delivered, crm_types.co_in_doubt) then
         crm_steps.keep_stage(in_record_keys => crm_record_keys_ct(r_event.record_key));
      end if;
      if in_outcome = crm_types.co_delivered or l_is_lead_done then
         agree_lead(
            in_event  => r_event,
            in_crm_id => in_crm_id,
            in_sent   => l_sent
         );
      elsif in_outcome = crm_types.co_in_doubt and l_begun = 0 then
         doubt_lead(in_event => r_event);
      end if;
      if in_outcome = crm_types.co_delivered then
         settle_delivered(in_event => r_event);
         if in_calls > 0 then
            crm_record.note_delivered(in_record_key => r_event.record_key);
         end if;
      else
         settle_failed(
            in_event         => r_event,
            in_outcome       => in_outcome,
            in_reason_class  => in_reason_class,
            in_detail        => in_detail,
            in_retry_seconds => in_retry_seconds
         );
      end if;
      end_attempt(
         in_event_id     => in_event_id,
         in_attempt      => r_event.attempts,
         in_outcome      => in_outcome,
         in_calls        => in_calls,
         in_http_status  => in_http_status,
         in_reason_class => in_reason_class,
         in_detail       => in_detail
      );
      crm_record.give_back(in_record_keys => crm_record_keys_ct(r_event.record_key));
      out_record_key := r_event.record_key;
   end settle;

   -- Those whose leads are being discarded.
   function removed(in_record_keys in crm_record_keys_ct) return crm_record_keys_ct
   is
      t_removed crm_record_keys_ct;
   begin
      select /*+ cardinality(k 100) */ e.record_key
        bulk collect into t_removed
        from table(in_record_keys) k
        join crm_outbox_events e
          on e.record_key = k.column_value
       where e.status = 'INFLIGHT'
         and e.operation = co_remove;
      return t_removed;
   end removed;

   procedure return_lost(in_record_keys in crm_record_keys_ct)
   is
      co_max_failures constant number := crm_config.number_value(in_name => crm_config.co_max_failures);
   begin
      if in_record_keys.count = 0 then
         return;
      end if;
      forall i in 1 .. in_record_keys.count
         update crm_records r
            set r.doubtful_fields = coalesce(
                   (
                      select nullif(e.changed_fields, co_no_fields)
                        from crm_outbox_events e
                       where e.record_key = r.record_key
                         and e.status = 'INFLIGHT'
                   ),
                   r.doubtful_fields
                )
          where r.record_key = in_record_keys(i);
      crm_steps.lose(in_record_keys => in_record_keys);
      crm_steps.keep_stage(in_record_keys => removed(in_record_keys => in_record_keys));
      forall i in 1 .. in_record_keys.count
         update crm_outbox_attempts a
            set a.ended_on = systimestamp,
                a.outcome  = crm_types.co_lost
          where a.outcome is null
            and (a.event_id, a.attempt) in (
                   select e.event_id, e.attempts
                     from crm_outbox_events e
                    where e.record_key = in_record_keys(i)
                      and e.status = 'INFLIGHT'
                );
      forall i in 1 .. in_record_keys.count
         update crm_outbox_events e
            set e.status       = case
                                    when e.failures + 1 >= co_max_failures then crm_types.co_parked
                                    else crm_types.co_ready
                                 end,
                e.settled_on   = case
                                    when e.failures + 1 >= co_max_failures then systimestamp
                                 end,
                e.failures     = e.failures + 1,
                e.reason_class = 'lost',
                e.detail       = 'the lease ended before the attempt was settled'
          where e.record_key = in_record_keys(i)
            and e.status = 'INFLIGHT';
   end return_lost;

   -- Whoever tries a record again that went round says that it may.
   procedure mend_fuses(in_event_ids in crm_ids_ct)
   is
      t_record_keys crm_record_keys_ct;
   begin
      select distinct e.record_key
        bulk collect into t_record_keys
        from crm_outbox_events e
       where e.event_id in (select /*+ cardinality(t 100) */ t.column_value from table(in_event_ids) t)
         and e.reason_class = co_reason_loop;
      crm_record.mend_fuses(in_record_keys => t_record_keys);
   end mend_fuses;

   procedure replay(in_event_id in crm_outbox_events.event_id%type)
   is
   begin
      mend_fuses(in_event_ids => crm_ids_ct(in_event_id));
      update crm_outbox_events e
         set e.status          = crm_types.co_ready,
             e.settled_on      = null,
             e.failures        = 0,
             e.next_attempt_at = null
       where e.event_id = in_event_id
         and e.status = 'PARKED';
      if sql%rowcount = 0 then
         crm_err.raise_error(
            in_number => crm_err.co_not_parked,
            in_detail => 'event ' || in_event_id
         );
      end if;
   end replay;

   procedure end_parked(
      in_event_ids in crm_ids_ct,
      in_status    in crm_outbox_events.status%type
   )
   is
   begin
      if in_status = crm_types.co_ready then
         mend_fuses(in_event_ids => in_event_ids);
      end if;
      forall i in 1 .. in_event_ids.count
         update crm_outbox_events e
            set e.status          = in_status,
                e.settled_on      = case
                                       when in_status <> crm_types.co_ready then systimestamp
                                    end,
                e.failures        = case
                                       when in_status = crm_types.co_ready then 0
                                       else e.failures
                                    end,
                e.next_attempt_at = null
          where e.event_id = in_event_ids(i)
            and e.status = 'PARKED';
   end end_parked;
end crm_outbox;
/
