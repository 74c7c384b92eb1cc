create or replace package body crm_inbox
is
   co_max_detail constant pls_integer := 1000;
   co_lead       constant crm_inbox_events.reads%type := 'LEAD';
   co_both       constant crm_inbox_events.reads%type := 'BOTH';
   co_forgotten  constant crm_inbox_events.detail%type := 'the data of the lead was erased on request';

   type flags_type is table of crm_inbox_events.contacts_due%type;
   type statuses_type is table of crm_inbox_events.status%type;

   procedure count_repetition(
      in_dedupe_key in  crm_inbox_events.dedupe_key%type,
      out_inbox_id  out crm_inbox_events.inbox_id%type
   )
   is
   begin
      update crm_inbox_events i
         set i.arrivals        = i.arrivals + 1,
             i.is_due_again    = case
                                    when i.status = 'INFLIGHT' then crm_types.co_yes
                                    else crm_types.co_no
                                 end,
             i.status          = case
                                    when i.status in ('INFLIGHT', 'PARKED') then i.status
                                    else crm_types.co_ready
                                 end,
             i.settled_on      = case
                                    when i.status = 'PARKED' then i.settled_on
                                 end,
             i.superseded_by   = null,
             i.next_attempt_at = case
                                    when i.status = 'READY' then i.next_attempt_at
                                 end
       where i.dedupe_key = in_dedupe_key
      returning i.inbox_id into out_inbox_id;
   end count_repetition;

   procedure store(
      in_source        in  crm_inbox_events.source%type,
      in_event_type    in  crm_inbox_events.event_type%type,
      in_dedupe_key    in  crm_inbox_events.dedupe_key%type,
      in_crm_id        in  crm_inbox_events.crm_id%type,
      in_body          in  crm_inbox_events.body%type,
      in_fields        in  crm_inbox_events.fields%type,
      out_inbox_id     out crm_inbox_events.inbox_id%type,
      out_is_duplicate out crm_types.flag_type
   )
   is
   begin
      if crm_forgotten.is_forgotten(in_crm_id => in_crm_id) then
         -- that something came is kept, what it said is not
         insert into crm_inbox_events (
            source, event_type, dedupe_key, crm_id, status, settled_on, is_emptied, detail
         ) values (
            in_source, in_event_type, in_dedupe_key, in_crm_id, 'IGNORED', systimestamp, 'S', co_forgotten
         )
         returning inbox_id into out_inbox_id;
      else
         insert into crm_inbox_events (
            source, event_type, dedupe_key, crm_id, body, fields
         ) values (
            in_source, in_event_type, in_dedupe_key, in_crm_id, in_body, in_fields
         )
         returning inbox_id into out_inbox_id;
      end if;
      out_is_duplicate := crm_types.co_no;
   exception
      when dup_val_on_index then
         count_repetition(
            in_dedupe_key => in_dedupe_key,
            out_inbox_id  => out_inbox_id
         );
         out_is_duplicate := crm_types.co_yes;
   end store;

   -- The newest webhook of each leased lead; the older ones have nothing to add. Webhooks may come in any order, so the
   -- custom fields count as agreed only if each of them says so, and if none of them, nor an older one, was given up.
   procedure claim_known_leads(
      in_record_keys in     crm_record_keys_ct,
      io_inbox_ids   in out crm_ids_ct
   )
   is
      -- a webhook that has waited for long may stand for others that got lost meanwhile
      co_seconds constant number := crm_config.number_value(in_name => crm_config.co_echo_seconds);
      type flags_type is table of crm_inbox_events.are_values_agreed%type;
      t_inbox_ids   crm_ids_ct;
      t_crm_ids     crm_ids_ct;
      t_record_keys crm_record_keys_ct;
      t_agreed      flags_type;
      t_due_flags   flags_type;
      t_unused      crm_record_keys_ct;
   begin
      select max(case when i.status = 'READY' then i.inbox_id end),
             i.crm_id,
             r.record_key,
             case count(*)
                when count(
                        case
                           when i.status = 'READY'
                            and i.attempts = 0
                            and i.event_type <> crm_types.co_person_updated
                            and i.received_on > systimestamp - numtodsinterval(co_seconds, 'SECOND')
                            and r.agreed_image is not null
                            and r.doubtful_fields is null
                            and json_exists(i.fields, '$.client_code')
                            and json_exists(i.fields, '$.sales_rep')
                            and json_exists(i.fields, '$.tax_registration')
                            and json_exists(i.fields, '$.financial_analysis')
                            and decode(
                                   json_value(i.fields, '$.client_code'),
                                   json_value(r.agreed_image, '$.client_code'), 1
                                ) = 1
                            and decode(
                                   json_value(i.fields, '$.sales_rep'),
                                   json_value(r.agreed_image, '$.sales_rep'), 1
                                ) = 1
                            and decode(
                                   json_value(i.fields, '$.tax_registration'),
                                   json_value(r.agreed_image, '$.tax_registration'), 1
                                ) = 1
                            and decode(
                                   json_value(i.fields, '$.financial_analysis'),
                                   json_value(r.agreed_image, '$.financial_analysis'), 1
                                ) = 1
                           then 1
                        end
                     )
                then crm_types.co_yes
                else crm_types.co_no
             end,
             -- a newer webhook of the lead says nothing of what a person's one told
             max(case when i.event_type = crm_types.co_person_updated then crm_types.co_yes else i.contacts_due end)
        bulk collect into t_inbox_ids, t_crm_ids, t_record_keys, t_agreed, t_due_flags
        from crm_records r
        join crm_inbox_events i
          on i.crm_id = r.crm_id
       where r.record_key in (select /*+ cardinality(k 100) */ k.column_value from table(in_record_keys) k)
         and i.status in ('READY', 'PARKED')
       group by i.crm_id, r.record_key
      having count(case when i.status = 'READY' then 1 end) > 0
       order by 1;
      forall j in 1 .. t_inbox_ids.count
         update crm_inbox_events i
            set i.status        = crm_types.co_superseded,
                i.settled_on    = systimestamp,
                i.superseded_by = t_inbox_ids(j),
                i.detail        = 'webhook ' || t_inbox_ids(j) || ' stands for it'
          where i.crm_id = t_crm_ids(j)
            and i.status = 'READY'
            and i.inbox_id < t_inbox_ids(j);
      forall j in 1 .. t_inbox_ids.count
         update crm_inbox_events i
            set (i.status, i.record_key, i.lease_owner, i.lease_until, i.fence_token, i.attempts, i.next_attempt_at) = (
                   select crm_types.co_inflight, r.record_key, r.lease_owner, r.lease_until, r.fence_token,
                          i.attempts + 1, null
                     from crm_records r
                    where r.record_key = t_record_keys(j)
                ),
                i.are_values_agreed = t_agreed(j)
          where i.inbox_id = t_inbox_ids(j);
      forall j in 1 .. t_inbox_ids.count
         update crm_inbox_events i
            set i.contacts_due = t_due_flags(j)
          where i.inbox_id = t_inbox_ids(j)
            and i.contacts_due <> t_due_flags(j);
      <<claimed>>
      for j in 1 .. t_inbox_ids.count loop
         io_inbox_ids.extend;
         io_inbox_ids(io_inbox_ids.count) := t_inbox_ids(j);
      end loop claimed;
      -- settled by somebody between the search and the lease
      select /*+ cardinality(k 100) */ k.column_value
        bulk collect into t_unused
        from table(in_record_keys) k
       where k.column_value not in (select /*+ cardinality(c 100) */ c.column_value from table(t_record_keys) c);
      crm_record.give_back(in_record_keys => t_unused);
   end claim_known_leads;

   -- Leads without a record have no lease. Their mutex are all open webhooks of the lead: of two sessions that want the
   -- same lead in the same moment, each sees at least the webhook that the other has come for, and one of them does not
   -- get it. False: another one has the lead, or is about to.
   function is_lead_ours(
      in_inbox_id in crm_inbox_events.inbox_id%type,
      in_crm_id   in crm_inbox_events.crm_id%type
   ) return boolean
   is
      cursor c_of_lead is
         select i.status
           from crm_inbox_events i
          where i.crm_id = in_crm_id
            and i.status in ('READY', 'INFLIGHT')
            for update nowait;
      cursor c_alone is
         select i.status
           from crm_inbox_events i
          where i.inbox_id = in_inbox_id
            for update nowait;
      t_statuses statuses_type;
   begin
      if in_crm_id is null then
         open c_alone;
         fetch c_alone bulk collect into t_statuses;
         close c_alone;
      else
         open c_of_lead;
         fetch c_of_lead bulk collect into t_statuses;
         close c_of_lead;
      end if;
      <<statuses>>
      for j in 1 .. t_statuses.count loop
         if t_statuses(j) <> crm_types.co_ready then
            return false;
         end if;
      end loop statuses;
      return t_statuses.count > 0;
   exception
      when crm_err.e_resource_busy then
         return false;
   end is_lead_ours;

   -- Webhooks of leads that no record has, one of each lead: it may make the lead known.
   procedure claim_unknown_leads(
      in_worker_id     in     crm_inbox_events.lease_owner%type,
      in_inbox_ids     in     crm_ids_ct,
      in_crm_ids       in     crm_ids_ct,
      in_lease_seconds in     pls_integer,
      io_inbox_ids     in out crm_ids_ct
   )
   is
      t_due       crm_ids_ct := crm_ids_ct();
      t_inbox_ids crm_ids_ct;
   begin
      <<leads>>
      for j in 1 .. in_inbox_ids.count loop
         if is_lead_ours(in_inbox_id => in_inbox_ids(j), in_crm_id => in_crm_ids(j)) then
            t_due.extend;
            t_due(t_due.count) := in_inbox_ids(j);
         end if;
      end loop leads;
      if t_due.count = 0 then
         return;
      end if;
      -- asked again under the lock: another session may have settled one before its row was locked
      forall j in 1 .. t_due.count
         update crm_inbox_events i
            set i.status            = crm_types.co_inflight,
                i.record_key        = null,
                i.lease_owner       = in_worker_id,
                i.lease_until       = systimestamp + numtodsinterval(in_lease_seconds, 'SECOND'),
                i.fence_token       = coalesce(i.fence_token, 0) + 1,
                i.attempts          = i.attempts + 1,
                i.next_attempt_at   = null,
                i.are_values_agreed = crm_types.co_no
          where i.inbox_id = t_due(j)
            and i.status = 'READY'
            and (i.next_attempt_at is null or i.next_attempt_at <= systimestamp)
         returning i.inbox_id bulk collect into t_inbox_ids;
      <<claimed>>
      for j in 1 .. t_inbox_ids.count loop
         io_inbox_ids.extend;
         io_inbox_ids(io_inbox_ids.count) := t_inbox_ids(j);
      end loop claimed;
   end claim_unknown_leads;

   procedure claim(
      in_worker_id     in  crm_inbox_events.lease_owner%type,
      in_batch_size    in  pls_integer,
      in_lease_seconds in  pls_integer,
      out_inbox_ids    out crm_ids_ct
   )
   is
      -- What waits of a lane, in pages, in the order of the index, as crm_outbox.claim does it. Lane 0 first: people
      -- do not wait for hints of a run over all leads.
      cursor c_page(
         in_lane  in crm_inbox_events.lane%type,
         in_after in crm_inbox_events.inbox_id%type
      ) is
         select p.inbox_id,
                p.crm_id,
                r.record_key,
                case
                   when (p.next_attempt_at is null or p.next_attempt_at <= systimestamp)
                      and r.lease_owner is null
                      and (
                             r.record_key is not null
                             or not exists (
                                   select null
                                     from crm_inbox_events o
                                    where o.crm_id = p.crm_id
                                      and o.status = 'INFLIGHT'
                                )
                          )
                   then crm_types.co_yes
                   else crm_types.co_no
                end as is_due
           from (
                   select w.inbox_id, w.crm_id, w.next_attempt_at
                     from (
                             select /*+ index(i crm_inbox_events_lane_idx) */ i.inbox_id, i.crm_id, i.next_attempt_at
                               from crm_inbox_events i
                              where i.status = 'READY'
                                and i.lane = in_lane
                                and i.inbox_id > in_after
                              order by i.inbox_id
                          ) w
                    where rownum <= 200
                ) p
           left join crm_records r
             on r.crm_id = p.crm_id
          order by p.inbox_id;
      type page_type is table of c_page%rowtype;
      t_page    page_type;
      t_keys    crm_record_keys_ct := crm_record_keys_ct();
      t_ids     crm_ids_ct         := crm_ids_ct();
      t_crm_ids crm_ids_ct         := crm_ids_ct();
      t_leased  crm_record_keys_ct;
      t_seen    crm_types.record_key_set_type;
      l_lead    crm_records.record_key%type;
      l_last    crm_inbox_events.inbox_id%type;

      procedure claim_found
      is
      begin
         if t_keys.count > 0 then
            crm_record.lease(
               in_record_keys   => t_keys,
               in_worker_id     => in_worker_id,
               in_lease_seconds => in_lease_seconds,
               out_record_keys  => t_leased
            );
            if t_leased.count > 0 then
               claim_known_leads(
                  in_record_keys => t_leased,
                  io_inbox_ids   => out_inbox_ids
               );
            end if;
            t_keys := crm_record_keys_ct();
         end if;
         if t_ids.count > 0 then
            claim_unknown_leads(
               in_worker_id     => in_worker_id,
               in_inbox_ids     => t_ids,
               in_crm_ids       => t_crm_ids,
               in_lease_seconds => in_lease_seconds,
               io_inbox_ids     => out_inbox_ids
            );
            t_ids     := crm_ids_ct();
            t_crm_ids := crm_ids_ct();
         end if;
      end claim_found;
   begin
      if in_batch_size is null or in_batch_size not between 1 and crm_types.co_max_batch_size
         or in_lease_seconds is null or in_lease_seconds not between 1 and crm_types.co_max_lease_seconds
      then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => 'batch_size = ' || in_batch_size || ', lease_seconds = ' || in_lease_seconds
         );
      end if;
      out_inbox_ids := crm_ids_ct();
      <<lanes>>
      for lane in 0 .. 1 loop
         l_last := 0;
         <<waiting_webhooks>>
         loop
            open c_page(lane, l_last);
            fetch c_page bulk collect into t_page;
            close c_page;
            exit waiting_webhooks when t_page.count = 0;
            l_last := t_page(t_page.count).inbox_id;
            <<webhooks>>
            for j in 1 .. t_page.count loop
               l_lead := coalesce(t_page(j).record_key, 'LEAD ' || coalesce(t_page(j).crm_id, -t_page(j).inbox_id));
               if t_page(j).is_due = crm_types.co_yes and not t_seen.exists(l_lead) then
                  t_seen(l_lead) := 1;
                  if t_page(j).record_key is not null then
                     t_keys.extend;
                     t_keys(t_keys.count) := t_page(j).record_key;
                  else
                     t_ids.extend;
                     t_ids(t_ids.count) := t_page(j).inbox_id;
                     t_crm_ids.extend;
                     t_crm_ids(t_crm_ids.count) := t_page(j).crm_id;
                  end if;
               end if;
               -- as many at a time as are wanted still, so that the oldest come first
               if t_keys.count + t_ids.count = in_batch_size - out_inbox_ids.count or j = t_page.count then
                  claim_found;
                  exit lanes when out_inbox_ids.count >= in_batch_size;
               end if;
            end loop webhooks;
         end loop waiting_webhooks;
      end loop lanes;
   end claim;

   procedure settle_unclaimed(
      in_inbox_ids in crm_ids_ct,
      in_detail    in crm_inbox_events.detail%type
   )
   is
   begin
      forall j in 1 .. in_inbox_ids.count
         update crm_inbox_events i
            set i.status     = crm_types.co_unchanged,
                i.settled_on = systimestamp,
                i.detail     = in_detail
          where i.inbox_id = in_inbox_ids(j)
            and i.status = 'READY';
   end settle_unclaimed;

   function waiting_id(in_record_key in crm_records.record_key%type) return crm_inbox_events.inbox_id%type
   is
      l_inbox_id crm_inbox_events.inbox_id%type;
   begin
      select max(i.inbox_id)
        into l_inbox_id
        from crm_records r
        join crm_inbox_events i
          on i.crm_id = r.crm_id
       where r.record_key = in_record_key
         and i.status = 'READY'
         and (i.next_attempt_at is null or i.next_attempt_at <= systimestamp);
      return l_inbox_id;
   end waiting_id;

   procedure assert_claim(
      in_inbox_id    in  crm_inbox_events.inbox_id%type,
      in_fence_token in  crm_inbox_events.fence_token%type,
      out_event      out crm_inbox_events%rowtype
   )
   is
      l_record_key crm_inbox_events.record_key%type;
   begin
      select i.record_key
        into l_record_key
        from crm_inbox_events i
       where i.inbox_id = in_inbox_id;
      -- the record first: everybody locks in this order
      if l_record_key is not null then
         crm_record.assert_lease(
            in_record_key  => l_record_key,
            in_fence_token => in_fence_token
         );
      end if;
      select i.*
        into out_event
        from crm_inbox_events i
       where i.inbox_id = in_inbox_id
         -- plsqlcheck: allow waiting-lock because a row of ours is held for moments, and its record is locked before it
         for update;
      if out_event.status <> crm_types.co_inflight
         or in_fence_token is null
         or out_event.fence_token <> in_fence_token
      then
         crm_err.raise_error(
            in_number => crm_err.co_stale_claim,
            in_detail => 'webhook ' || in_inbox_id || ' is ' || out_event.status
         );
      end if;
   exception
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_unknown_event,
            in_detail => 'webhook ' || in_inbox_id
         );
   end assert_claim;

   procedure give_back(in_event in crm_inbox_events%rowtype)
   is
   begin
      if in_event.record_key is not null then
         crm_record.give_back(in_record_keys => crm_record_keys_ct(in_event.record_key));
      end if;
   end give_back;

   procedure finish(
      in_event  in crm_inbox_events%rowtype,
      in_status in crm_inbox_events.status%type,
      in_detail in crm_inbox_events.detail%type default null
   )
   is
   begin
      update crm_inbox_events i
         set i.status       = case i.is_due_again
                                 when crm_types.co_yes then crm_types.co_ready
                                 else in_status
                              end,
             i.settled_on   = case i.is_due_again
                                 when crm_types.co_no then systimestamp
                              end,
             i.is_due_again = crm_types.co_no,
             i.missing_on   = null,
             i.contacts_due = case in_status
                                 when crm_types.co_parked then i.contacts_due
                                 else crm_types.co_no
                              end,
             i.lease_owner  = null,
             i.lease_until  = null,
             i.detail       = substr(in_detail, 1, co_max_detail)
       where i.inbox_id = in_event.inbox_id;
      -- what was parked of the lead has been overtaken by a newer reading of the same parts of it
      if in_event.crm_id is not null
         and in_status in (crm_types.co_applied, crm_types.co_unchanged, crm_types.co_parked)
      then
         update crm_inbox_events i
            set i.status        = crm_types.co_superseded,
                i.settled_on    = systimestamp,
                i.superseded_by = in_event.inbox_id
          where i.crm_id = in_event.crm_id
            and i.status = 'PARKED'
            and i.inbox_id < in_event.inbox_id
            and coalesce(in_event.reads, co_lead) in (co_both, coalesce(i.reads, co_lead));
      end if;
      if in_status = crm_types.co_applied then
         crm_record.note_applied(in_record_key => in_event.record_key);
      end if;
      give_back(in_event => in_event);
   end finish;

   procedure postpone(
      in_event         in crm_inbox_events%rowtype,
      in_retry_seconds in number,
      in_detail        in crm_inbox_events.detail%type,
      in_is_failure    in boolean,
      in_reads_all     in boolean default false
   )
   is
      co_reads_all constant crm_types.flag_type := case
                                                      when in_reads_all then crm_types.co_yes
                                                      else crm_types.co_no
                                                   end;
      l_failures crm_inbox_events.failures%type := in_event.failures;
   begin
      if in_is_failure then
         l_failures := l_failures + 1;
         if l_failures >= crm_config.number_value(in_name => crm_config.co_max_failures) then
            finish(
               in_event  => in_event,
               in_status => crm_types.co_parked,
               in_detail => in_detail
            );
            return;
         end if;
      end if;
      update crm_inbox_events i
         set i.status          = crm_types.co_ready,
             i.is_due_again    = crm_types.co_no,
             i.lease_owner     = null,
             i.lease_until     = null,
             i.failures        = l_failures,
             i.next_attempt_at = systimestamp + numtodsinterval(coalesce(in_retry_seconds, 0), 'SECOND'),
             i.contacts_due    = case co_reads_all when crm_types.co_yes then co_reads_all else i.contacts_due end,
             i.fields          = case co_reads_all when crm_types.co_no then i.fields end,
             i.detail          = substr(in_detail, 1, co_max_detail)
       where i.inbox_id = in_event.inbox_id;
      give_back(in_event => in_event);
   end postpone;

   procedure note_missing(in_event in crm_inbox_events%rowtype)
   is
   begin
      update crm_inbox_events i
         set i.missing_on = coalesce(i.missing_on, systimestamp)
       where i.inbox_id = in_event.inbox_id;
   end note_missing;

   procedure note_reads(
      in_inbox_ids in crm_ids_ct,
      in_reads     in crm_record_keys_ct
   )
   is
   begin
      forall j in 1 .. in_inbox_ids.count
         update crm_inbox_events i
            set i.reads = in_reads(j)
          where i.inbox_id = in_inbox_ids(j);
   end note_reads;

   procedure return_lost(in_record_keys in crm_record_keys_ct)
   is
      co_max_failures constant number := crm_config.number_value(in_name => crm_config.co_max_failures);
   begin
      if in_record_keys.count = 0 then
         return;
      end if;
      forall j in 1 .. in_record_keys.count
         update crm_inbox_events i
            set i.status      = case
                                   when i.failures + 1 >= co_max_failures then crm_types.co_parked
                                   else crm_types.co_ready
                                end,
                i.settled_on  = case
                                   when i.failures + 1 >= co_max_failures then systimestamp
                                end,
                i.failures    = i.failures + 1,
                i.lease_owner = null,
                i.lease_until = null,
                i.detail      = 'the lease ended before the attempt was settled'
          where i.record_key = in_record_keys(j)
            and i.status = 'INFLIGHT';
   end return_lost;

   procedure return_unknown_leads(
      in_worker_id in  crm_inbox_events.lease_owner%type,
      out_returned out pls_integer
   )
   is
      co_max_failures constant number := crm_config.number_value(in_name => crm_config.co_max_failures);
      cursor c_lost is
         select i.inbox_id
           from crm_inbox_events i
          where i.status = 'INFLIGHT'
            and i.record_key is null
            and (i.lease_owner = in_worker_id or in_worker_id is null and i.lease_until < systimestamp)
            for update skip locked;
      t_inbox_ids crm_ids_ct;
   begin
      out_returned := 0;
      open c_lost;
      fetch c_lost bulk collect into t_inbox_ids;
      close c_lost;
      if t_inbox_ids.count = 0 then
         return;
      end if;
      -- asked again under the lock, as the claim does
      forall j in 1 .. t_inbox_ids.count
         update crm_inbox_events i
            set i.status      = case
                                   when i.failures + 1 >= co_max_failures then crm_types.co_parked
                                   else crm_types.co_ready
                                end,
                i.settled_on  = case
                                   when i.failures + 1 >= co_max_failures then systimestamp
                                end,
                i.failures    = i.failures + 1,
                i.lease_owner = null,
                i.lease_until = null,
                i.detail      = 'the lease ended before the attempt was settled'
          where i.inbox_id = t_inbox_ids(j)
            and i.status = 'INFLIGHT'
            and i.record_key is null
            and (i.lease_owner = in_worker_id or in_worker_id is null and i.lease_until < systimestamp);
      out_returned := sql%rowcount;
   end return_unknown_leads;

   procedure end_parked(
      in_inbox_ids in crm_ids_ct,
      in_status    in crm_inbox_events.status%type
   )
   is
   begin
      forall i in 1 .. in_inbox_ids.count
         update crm_inbox_events e
            set e.status          = in_status,
                e.settled_on      = case
                                       when in_status <> crm_types.co_ready then systimestamp
                                    end,
                e.failures        = case
                                       when in_status = crm_types.co_ready then 0
                                       else e.failures
                                    end,
                e.next_attempt_at = null
          where e.inbox_id = in_inbox_ids(i)
            and e.status = 'PARKED';
   end end_parked;

   procedure replace_body(
      in_inbox_id in crm_inbox_events.inbox_id%type,
      in_body     in crm_inbox_events.body%type,
      in_crm_id   in crm_inbox_events.crm_id%type
   )
   is
   begin
      update crm_inbox_events e
         set e.body       = in_body,
             e.is_emptied = 'N',
             -- of the body that came: an edited one is read, never taken for an echo
             e.fields     = null,
             e.record_key = case
                               when in_crm_id is null or in_crm_id = e.crm_id then e.record_key
                            end,
             e.crm_id     = coalesce(in_crm_id, e.crm_id)
       where e.inbox_id = in_inbox_id;
   end replace_body;

   procedure store_hints(
      in_reason      in  varchar2,
      in_event_type  in  crm_inbox_events.event_type%type,
      in_crm_ids     in  crm_ids_ct,
      in_read_states in  crm_types.hashes_type,
      out_inbox_ids  out crm_ids_ct
   )
   is
      t_crm_ids     crm_ids_ct := crm_ids_ct();
      t_dedupe_keys crm_types.hashes_type;
      l_dedupe_key  crm_inbox_events.dedupe_key%type;
      l_known       pls_integer;
   begin
      <<leads>>
      for j in 1 .. in_crm_ids.count loop
         select lower(rawtohex(standard_hash(
                   in_reason || chr(31) || in_event_type || chr(31) || in_crm_ids(j) || chr(31) || in_read_states(j),
                   'SHA256'
                )))
           into l_dedupe_key
           from dual;
         -- two searches by index, which an "or" might turn into a reading of the whole table
         select (
                   select count(*)
                     from crm_inbox_events i
                    where i.dedupe_key = l_dedupe_key
                )
                + (
                     select count(*)
                       from crm_inbox_events i
                      where i.crm_id = in_crm_ids(j)
                        and i.status = 'READY'
                        and i.event_type = in_event_type
                  )
           into l_known
           from dual;
         if l_known = 0 then
            t_crm_ids.extend;
            t_crm_ids(t_crm_ids.count)     := in_crm_ids(j);
            t_dedupe_keys(t_crm_ids.count) := l_dedupe_key;
         end if;
      end loop leads;
      out_inbox_ids := crm_ids_ct();
      forall j in 1 .. t_crm_ids.count
         insert into crm_inbox_events (
            source, event_type, dedupe_key, crm_id
         ) values (
            crm_types.co_reconcile, in_event_type, t_dedupe_keys(j), t_crm_ids(j)
         )
         returning inbox_id bulk collect into out_inbox_ids;
   end store_hints;

   procedure store_claimed(
      in_reason       in  varchar2,
      in_crm_id       in  crm_inbox_events.crm_id%type,
      in_record_key   in  crm_inbox_events.record_key%type,
      out_inbox_id    out crm_inbox_events.inbox_id%type,
      out_fence_token out crm_inbox_events.fence_token%type
   )
   is
      r_record crm_records%rowtype;
      l_key    crm_inbox_events.dedupe_key%type;
   begin
      select r.*
        into r_record
        from crm_records r
       where r.record_key = in_record_key;
      out_fence_token := r_record.fence_token;
      -- a fence token is given once
      select lower(rawtohex(standard_hash(
                in_reason || chr(31) || in_record_key || chr(31) || out_fence_token, 'SHA256'
             )))
        into l_key
        from dual;
      insert into crm_inbox_events (
         source, event_type, dedupe_key, crm_id, status, record_key, lease_owner, lease_until, fence_token, attempts
      ) values (
         crm_types.co_reconcile, crm_types.co_lead_updated, l_key, in_crm_id, crm_types.co_inflight, in_record_key,
         r_record.lease_owner, r_record.lease_until, out_fence_token, 1
      )
      returning inbox_id into out_inbox_id;
   end store_claimed;
end crm_inbox;
/
