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
end crm_echo;
/
