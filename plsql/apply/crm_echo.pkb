create or replace package body crm_echo
is
   -- Does the webhook show the stage that is known?
   function is_known_stage(
      in_shown  in varchar2,
      in_agreed in crm_records.agreed_stage%type
   ) return boolean
   is
      co_shown constant crm_stages.name%type := crm_rules.stage_name(in_stage => in_shown);
   begin
      return case
                when co_shown is null then false
                when in_agreed is not null then co_shown = in_agreed
                else not crm_rules.is_mirrored_stage(in_stage => co_shown)
             end;
   end is_known_stage;

   function is_echo(
      in_fields       in crm_inbox_events.fields%type,
      in_agreed_image in crm_records.agreed_image%type,
      in_agreed_stage in crm_records.agreed_stage%type
   ) return boolean
   is
      co_shown  constant json_object_t := json_object_t.parse(in_fields);
      co_agreed constant json_object_t := json_object_t.parse(in_agreed_image);
      -- where the CRM says who wrote, an event shows one field, and the others are events of their own
      co_is_own constant boolean := coalesce(co_shown.get_string('own_write'), crm_types.co_no) = crm_types.co_yes;
   begin
      if (co_shown.has('stage') or not co_is_own)
         and not is_known_stage(in_shown => co_shown.get_string('stage'), in_agreed => in_agreed_stage)
      then
         return false;
      end if;
      <<fields>>
      for r_policy in (
         select p.field_name, p.policy, p.comparison
           from crm_field_policies p
          order by p.position
      ) loop
         if co_shown.has(r_policy.field_name) then
            if crm_rules.differs(
                  in_comparison => r_policy.comparison,
                  in_left       => co_shown.get_string(r_policy.field_name),
                  in_right      => co_agreed.get_string(r_policy.field_name)
               )
            then
               return false;
            end if;
         elsif not co_is_own and r_policy.policy <> crm_types.co_erp then
            return false;
         end if;
      end loop fields;
      return true;
   end is_echo;

   procedure settle_echoes(
      in_limit    in  pls_integer,
      out_settled out pls_integer
   )
   is
      co_seconds constant number := crm_config.number_value(in_name => crm_config.co_echo_seconds);
      cursor c_due is
         select i.inbox_id, i.fields, r.agreed_image, r.agreed_stage
           from crm_inbox_events i
           join crm_records r
             on r.crm_id = i.crm_id
          where i.status = crm_types.co_ready
            and i.event_type <> crm_types.co_person_updated
            and i.fields is not null
            -- one that was claimed before may stand for the webhook of an edit
            and (
                   i.attempts = 0
                or not exists (
                      select null
                        from crm_inbox_events o
                       where o.crm_id = i.crm_id
                         and o.status = crm_types.co_superseded
                         and o.detail = 'webhook ' || i.inbox_id || ' stands for it'
                   )
                )
            and (i.next_attempt_at is null or i.next_attempt_at <= systimestamp)
            and r.lease_owner is null
            and r.agreed_hash is not null
            and r.doubtful_fields is null
            and r.agreed_on >= i.received_on - numtodsinterval(co_seconds, 'SECOND')
          order by i.inbox_id
            for update of i.status, r.lease_owner skip locked;
      type due_type is table of c_due%rowtype;
      t_due    due_type;
      t_echoes crm_ids_ct := crm_ids_ct();
   begin
      open c_due;
      fetch c_due bulk collect into t_due limit in_limit;
      close c_due;
      <<due_webhooks>>
      for i in 1 .. t_due.count loop
         if is_echo(
               in_fields       => t_due(i).fields,
               in_agreed_image => t_due(i).agreed_image,
               in_agreed_stage => t_due(i).agreed_stage
            )
         then
            t_echoes.extend;
            t_echoes(t_echoes.count) := t_due(i).inbox_id;
         end if;
      end loop due_webhooks;
      crm_inbox.settle_unclaimed(
         in_inbox_ids => t_echoes,
         in_detail    => 'shows nothing but what is agreed'
      );
      out_settled := t_echoes.count;
   end settle_echoes;

   -- Do the claimed webhook and those it stands for show nothing but what is agreed? The lease is held, so the
   -- agreement stands still.
   function is_claimed_echo(in_event in crm_inbox_events%rowtype) return boolean
   is
      co_seconds constant number := crm_config.number_value(in_name => crm_config.co_echo_seconds);
      l_image crm_records.agreed_image%type;
      l_stage crm_records.agreed_stage%type;
   begin
      select r.agreed_image, r.agreed_stage
        into l_image, l_stage
        from crm_records r
       where r.record_key = in_event.record_key
         and r.agreed_hash is not null
         and r.doubtful_fields is null
         and r.agreed_on >= in_event.received_on - numtodsinterval(co_seconds, 'SECOND');
      <<meant_webhooks>>
      for r_meant in (
         select i.inbox_id, i.fields, i.attempts, i.event_type
           from crm_inbox_events i
          where i.inbox_id = in_event.inbox_id
             or i.crm_id = in_event.crm_id
            and i.status = crm_types.co_superseded
            and i.detail = 'webhook ' || in_event.inbox_id || ' stands for it'
      ) loop
         if r_meant.fields is null
            -- one that was claimed before may stand for others again
            or (r_meant.inbox_id <> in_event.inbox_id and r_meant.attempts > 0)
            or r_meant.event_type = crm_types.co_person_updated
            or not is_echo(
                      in_fields       => r_meant.fields,
                      in_agreed_image => l_image,
                      in_agreed_stage => l_stage
                   )
         then
            return false;
         end if;
      end loop meant_webhooks;
      return true;
   exception
      when no_data_found then
         return false;
   end is_claimed_echo;

   procedure settle_claimed(
      io_inbox_ids    in out crm_ids_ct,
      out_record_keys out    crm_record_keys_ct
   )
   is
      t_rest crm_ids_ct := crm_ids_ct();
   begin
      out_record_keys := crm_record_keys_ct();
      <<claimed_webhooks>>
      for r_event in (
         select i.*
           from crm_inbox_events i
          where i.inbox_id in (select t.column_value from table(io_inbox_ids) t)
          order by i.inbox_id
      ) loop
         if r_event.record_key is not null and is_claimed_echo(in_event => r_event) then
            crm_inbox.finish(
               in_event  => r_event,
               in_status => crm_types.co_unchanged,
               in_detail => 'shows nothing but what is agreed'
            );
            out_record_keys.extend;
            out_record_keys(out_record_keys.count) := r_event.record_key;
         else
            t_rest.extend;
            t_rest(t_rest.count) := r_event.inbox_id;
         end if;
      end loop claimed_webhooks;
      io_inbox_ids := t_rest;
   end settle_claimed;
end crm_echo;
/
