create or replace package body crm_operator
is
   subtype action_type is crm_operator_audit.action%type;
   co_replay constant action_type := 'REPLAY';
   co_skip   constant action_type := 'SKIP';
   co_edit   constant action_type := 'EDIT';

   subtype kind_type is crm_operator_audit.kind%type;
   co_outbox constant kind_type := 'OUTBOX';
   co_inbox  constant kind_type := 'INBOX';

   type filter_type is record (
      kind         kind_type,
      event_id     crm_outbox_events.event_id%type,
      record_key   crm_outbox_events.record_key%type,
      reason_class crm_outbox_events.reason_class%type
   );

   function parsed(in_filter in varchar2) return filter_type
   is
      l_filter json_object_t;
      t_names  json_key_list;
      r_filter filter_type;
   begin
      crm_err.assert_given(
         in_name  => 'filter',
         in_value => in_filter
      );
      l_filter := json_object_t.parse(in_filter);
      t_names  := l_filter.get_keys;
      if t_names is not null then
         <<members>>
         for i in 1 .. t_names.count loop
            if t_names(i) not in ('kind', 'event_id', 'record_key', 'reason_class') then
               crm_err.raise_error(
                  in_number => crm_err.co_invalid_action,
                  in_detail => 'allowed in a filter: kind, event_id, record_key, reason_class'
               );
            end if;
         end loop members;
      end if;
      r_filter.kind         := crm_fields.text_of(l_filter, 'kind');
      r_filter.event_id     := l_filter.get_number('event_id');
      r_filter.record_key   := crm_fields.text_of(l_filter, 'record_key');
      r_filter.reason_class := crm_fields.text_of(l_filter, 'reason_class');
      if r_filter.kind not in (co_outbox, co_inbox) then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_action,
            in_detail => 'kind is OUTBOX or INBOX'
         );
      end if;
      if r_filter.event_id is not null and r_filter.kind is null then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_action,
            in_detail => 'event_id needs kind'
         );
      end if;
      return r_filter;
   exception
      when crm_err.e_json_syntax then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'filter'
         );
   end parsed;

   procedure lock_changes(
      in_filter     in  filter_type,
      out_event_ids out crm_ids_ct
   )
   is
      cursor c_parked is
         select e.event_id
           from crm_outbox_events e
          where e.status = 'PARKED'
            and (in_filter.event_id is null or e.event_id = in_filter.event_id)
            and (in_filter.record_key is null or e.record_key = in_filter.record_key)
            and (in_filter.reason_class is null or e.reason_class = in_filter.reason_class)
          order by e.record_key, e.version
            for update skip locked;
      t_found crm_ids_ct;
   begin
      out_event_ids := crm_ids_ct();
      if in_filter.kind = co_inbox then
         return;
      end if;
      open c_parked;
      fetch c_parked bulk collect into t_found;
      close c_parked;
      -- asked again under the lock: another operator may have ended one before its row was locked
      select e.event_id
        bulk collect into out_event_ids
        from crm_outbox_events e
       where e.event_id in (select /*+ cardinality(t 100) */ t.column_value from table(t_found) t)
         and e.status = 'PARKED'
       order by e.record_key, e.version;
   end lock_changes;

   procedure lock_webhooks(
      in_filter     in  filter_type,
      out_inbox_ids out crm_ids_ct
   )
   is
      cursor c_parked is
         select i.inbox_id
           from crm_inbox_events i
          where i.status = 'PARKED'
            and (in_filter.event_id is null or i.inbox_id = in_filter.event_id)
            and (
                   in_filter.record_key is null
                   or i.record_key = in_filter.record_key
                   or i.crm_id in (select r.crm_id from crm_records r where r.record_key = in_filter.record_key)
                )
          order by i.crm_id, i.inbox_id
            for update skip locked;
      t_found crm_ids_ct;
   begin
      out_inbox_ids := crm_ids_ct();
      if in_filter.kind = co_outbox or in_filter.reason_class is not null then
         return;
      end if;
      open c_parked;
      fetch c_parked bulk collect into t_found;
      close c_parked;
      -- asked again under the lock, as for changes
      select i.inbox_id
        bulk collect into out_inbox_ids
        from crm_inbox_events i
       where i.inbox_id in (select /*+ cardinality(t 100) */ t.column_value from table(t_found) t)
         and i.status = 'PARKED'
       order by i.crm_id, i.inbox_id;
   end lock_webhooks;

   procedure note_changes(
      in_event_ids in crm_ids_ct,
      in_action    in action_type,
      in_by        in crm_operator_audit.done_by%type,
      in_reason    in crm_operator_audit.reason%type
   )
   is
   begin
      insert into crm_operator_audit (
         action, kind, item_id, record_key, crm_id, attempts, reason_class, detail, done_by, reason
      )
      select in_action, co_outbox, e.event_id, e.record_key, r.crm_id, e.attempts, e.reason_class, e.detail,
             in_by, in_reason
        from crm_outbox_events e
        left join crm_records r
          on r.record_key = e.record_key
       where e.event_id in (select /*+ cardinality(t 100) */ t.column_value from table(in_event_ids) t);
   end note_changes;

   procedure note_webhooks(
      in_inbox_ids in crm_ids_ct,
      in_action    in action_type,
      in_by        in crm_operator_audit.done_by%type,
      in_reason    in crm_operator_audit.reason%type
   )
   is
   begin
      insert into crm_operator_audit (
         action, kind, item_id, record_key, crm_id, attempts, detail, body_before, done_by, reason
      )
      select in_action, co_inbox, i.inbox_id, coalesce(i.record_key, r.record_key), i.crm_id, i.attempts, i.detail,
             case in_action
                when co_edit then i.body
             end,
             in_by, in_reason
        from crm_inbox_events i
        left join crm_records r
          on r.crm_id = i.crm_id
       where i.inbox_id in (select /*+ cardinality(t 100) */ t.column_value from table(in_inbox_ids) t);
   end note_webhooks;

   procedure end_all(
      in_filter in  filter_type,
      in_action in  action_type,
      in_status in  crm_types.status_type,
      in_by     in  crm_operator_audit.done_by%type,
      in_reason in  crm_operator_audit.reason%type,
      out_count out pls_integer
   )
   is
      t_event_ids crm_ids_ct;
      t_inbox_ids crm_ids_ct;
   begin
      lock_changes(
         in_filter     => in_filter,
         out_event_ids => t_event_ids
      );
      lock_webhooks(
         in_filter     => in_filter,
         out_inbox_ids => t_inbox_ids
      );
      note_changes(
         in_event_ids => t_event_ids,
         in_action    => in_action,
         in_by        => in_by,
         in_reason    => in_reason
      );
      note_webhooks(
         in_inbox_ids => t_inbox_ids,
         in_action    => in_action,
         in_by        => in_by,
         in_reason    => in_reason
      );
      crm_outbox.end_parked(
         in_event_ids => t_event_ids,
         in_status    => in_status
      );
      crm_inbox.end_parked(
         in_inbox_ids => t_inbox_ids,
         in_status    => in_status
      );
      if in_action = co_replay and t_event_ids.count > 0 then
         crm_queue.announce_backlog;
      end if;
      if in_action = co_replay and t_inbox_ids.count > 0 then
         -- one wake-up is enough: the claim finds the others
         crm_queue.announce_webhook(in_inbox_id => t_inbox_ids(1));
      end if;
      out_count := t_event_ids.count + t_inbox_ids.count;
   end end_all;

   procedure replay_parked(
      in_filter in  varchar2,
      in_by     in  crm_operator_audit.done_by%type,
      out_count out pls_integer
   )
   is
   begin
      crm_err.assert_given(
         in_name  => 'by',
         in_value => in_by
      );
      end_all(
         in_filter => parsed(in_filter => in_filter),
         in_action => co_replay,
         in_status => crm_types.co_ready,
         in_by     => in_by,
         in_reason => null,
         out_count => out_count
      );
   end replay_parked;

   procedure skip_parked(
      in_filter in  varchar2,
      in_reason in  crm_operator_audit.reason%type,
      in_by     in  crm_operator_audit.done_by%type,
      out_count out pls_integer
   )
   is
   begin
      crm_err.assert_given(
         in_name  => 'by',
         in_value => in_by
      );
      crm_err.assert_given(
         in_name  => 'reason',
         in_value => in_reason
      );
      end_all(
         in_filter => parsed(in_filter => in_filter),
         in_action => co_skip,
         in_status => crm_types.co_skipped,
         in_by     => in_by,
         in_reason => in_reason,
         out_count => out_count
      );
   end skip_parked;

   procedure assert_json(in_body in varchar2)
   is
      l_body json_element_t;
   begin
      l_body := json_element_t.parse(in_body);
   exception
      when crm_err.e_json_syntax then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'body'
         );
   end assert_json;

   procedure assert_parked(
      in_inbox_id in crm_inbox_events.inbox_id%type,
      in_status   in crm_inbox_events.status%type
   )
   is
   begin
      if in_status <> crm_types.co_parked then
         crm_err.raise_error(
            in_number => crm_err.co_not_parked,
            in_detail => 'webhook ' || in_inbox_id || ' is ' || in_status
         );
      end if;
   end assert_parked;

   procedure edit_inbox(
      in_inbox_id in crm_inbox_events.inbox_id%type,
      in_body     in varchar2,
      in_by       in crm_operator_audit.done_by%type,
      in_crm_id   in crm_inbox_events.crm_id%type default null
   )
   is
      l_status crm_inbox_events.status%type;
   begin
      crm_err.assert_given(
         in_name  => 'by',
         in_value => in_by
      );
      crm_err.assert_given(
         in_name  => 'body',
         in_value => in_body
      );
      assert_json(in_body => in_body);
      select i.status
        into l_status
        from crm_inbox_events i
       where i.inbox_id = in_inbox_id
         -- plsqlcheck: allow waiting-lock because a row of ours is held for moments, and no other is locked after it
         for update;
      assert_parked(
         in_inbox_id => in_inbox_id,
         in_status   => l_status
      );
      note_webhooks(
         in_inbox_ids => crm_ids_ct(in_inbox_id),
         in_action    => co_edit,
         in_by        => in_by,
         in_reason    => null
      );
      crm_inbox.replace_body(
         in_inbox_id => in_inbox_id,
         in_body     => to_blob(sys.utl_raw.cast_to_raw(in_body)),
         in_crm_id   => in_crm_id
      );
      crm_inbox.end_parked(
         in_inbox_ids => crm_ids_ct(in_inbox_id),
         in_status    => crm_types.co_ready
      );
      crm_queue.announce_webhook(in_inbox_id => in_inbox_id);
   exception
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_unknown_event,
            in_detail => 'webhook ' || in_inbox_id
         );
   end edit_inbox;

   procedure read_webhook(
      in_inbox_id in  crm_inbox_events.inbox_id%type,
      out_webhook out sys_refcursor
   )
   is
      l_status crm_inbox_events.status%type;
   begin
      select i.status
        into l_status
        from crm_inbox_events i
       where i.inbox_id = in_inbox_id;
      assert_parked(
         in_inbox_id => in_inbox_id,
         in_status   => l_status
      );
      open out_webhook for
         select i.inbox_id,
                i.event_type,
                i.crm_id,
                i.record_key,
                i.attempts,
                i.detail,
                i.received_on,
                i.body
           from crm_inbox_events i
          where i.inbox_id = in_inbox_id;
   exception
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_unknown_event,
            in_detail => 'webhook ' || in_inbox_id
         );
   end read_webhook;
end crm_operator;
/
