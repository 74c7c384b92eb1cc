create or replace package body crm_echo
is
   co_echo_detail constant crm_inbox_events.detail%type := 'shows nothing but what is agreed';
   co_no_fields   constant crm_outbox_events.changed_fields%type := '[]';

   co_lead     constant crm_inbox_events.reads%type := 'LEAD';
   co_contacts constant crm_inbox_events.reads%type := 'CONTACTS';
   co_both     constant crm_inbox_events.reads%type := 'BOTH';

   /** What a webhook shows of the persons of its lead. */
   subtype shown_type is varchar2(10 char);
   co_not_shown constant shown_type := 'NOT SHOWN';
   co_kept_out  constant shown_type := 'KEPT OUT';   -- too much of it to be kept: nobody knows
   co_same      constant shown_type := 'SAME';
   co_different constant shown_type := 'DIFFERENT';

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

   function person_count(in_record_key in crm_records.record_key%type) return pls_integer
   is
      l_persons pls_integer;
   begin
      select count(*)
        into l_persons
        from crm_contact_records r
       where r.record_key = in_record_key
         and r.person_id is not null;
      return l_persons;
   end person_count;

   -- Is the person as it was agreed, in the fields that are shown?
   function is_agreed_person(
      in_record_key in  crm_records.record_key%type,
      in_person     in  json_object_t,
      out_is_ours   out boolean
   ) return boolean
   is
      co_person_id constant crm_contact_records.person_id%type := in_person.get_number('person_id');
      l_image      crm_contact_records.agreed_image%type;
      l_in_doubt   crm_contact_records.is_in_doubt%type;
      l_agreed     json_object_t;
      l_let_go     pls_integer;
   begin
      out_is_ours := false;
      select count(*)
        into l_let_go
        from crm_let_go_persons g
       where g.person_id = co_person_id;
      if l_let_go > 0 then
         return true;
      end if;
      select r.agreed_image, r.is_in_doubt
        into l_image, l_in_doubt
        from crm_contact_records r
       where r.record_key = in_record_key
         and r.person_id = co_person_id;
      out_is_ours := true;
      if l_image is null or l_in_doubt = crm_types.co_yes then
         return false;
      end if;
      l_agreed := json_object_t.parse(l_image);
      <<fields>>
      for r_policy in (
         select p.field_name, p.comparison
           from crm_contact_policies p
      ) loop
         if in_person.has(r_policy.field_name)
            and crm_rules.differs(
                   in_comparison => r_policy.comparison,
                   in_left       => crm_contact_match.erp_form(
                      in_field_name => r_policy.field_name,
                      in_value      => in_person.get_string(r_policy.field_name)
                   ),
                   in_right      => crm_contact_match.erp_form(
                      in_field_name => r_policy.field_name,
                      in_value      => l_agreed.get_string(r_policy.field_name)
                   )
                )
         then
            return false;
         end if;
      end loop fields;
      return true;
   exception
      when no_data_found then
         return false;
   end is_agreed_person;

   function shown_contacts(
      in_record_key in crm_records.record_key%type,
      in_fields     in crm_inbox_events.fields%type
   ) return varchar2
   is
      l_shown   json_object_t;
      l_persons json_array_t;
      l_ours    pls_integer := 0;
      l_is_ours boolean;
   begin
      if in_fields is null then
         return co_not_shown;
      end if;
      l_shown := json_object_t.parse(in_fields);
      if not l_shown.has('contacts') then
         return co_not_shown;
      elsif l_shown.get('contacts').is_null then
         return co_kept_out;
      end if;
      l_persons := l_shown.get_array('contacts');
      <<persons>>
      for i in 1 .. l_persons.get_size loop
         if not is_agreed_person(
                   in_record_key => in_record_key,
                   in_person     => treat(l_persons.get(i - 1) as json_object_t),
                   out_is_ours   => l_is_ours
                )
         then
            return co_different;
         end if;
         if l_is_ours then
            l_ours := l_ours + 1;
         end if;
      end loop persons;
      return case
                when l_ours = person_count(in_record_key => in_record_key) then co_same
                else co_different
             end;
   end shown_contacts;

   function takes_contacts return boolean
   is
   begin
      return crm_config.text_value(in_name => crm_config.co_take_contacts) = crm_types.co_yes;
   end takes_contacts;

   -- When the persons of the record were read last: what a webhook from before it hides has been seen.
   function last_read_of_persons(in_record_key in crm_records.record_key%type) return timestamp with time zone
   is
      l_read_on crm_inbox_events.settled_on%type;
   begin
      select max(i.settled_on)
        into l_read_on
        from crm_records r
        join crm_inbox_events i
          on i.crm_id = r.crm_id
       where r.record_key = in_record_key
         and i.status in (crm_types.co_applied, crm_types.co_unchanged)
         and i.reads in (co_contacts, co_both)
         and decode(i.detail, co_echo_detail, 0, 1) = 1;
      return l_read_on;
   end last_read_of_persons;

   -- How many webhooks our own writings since then explain, less those that have come already. Of a person: one for
   -- each that was written; of a lead: one for its fields and one for each step; calls do not count, some only read.
   -- Whatever has come counts, also what another webhook stood for or what was not mirrored: a writing whose webhook
   -- went another way must not explain that of an edit. Explained too little costs a read, too much loses an edit.
   function echoes_left(
      in_record_key in crm_records.record_key%type,
      in_event_type in crm_inbox_events.event_type%type,
      in_since      in timestamp with time zone
   ) return pls_integer
   is
      co_since constant timestamp with time zone := greatest(
         in_since, coalesce(last_read_of_persons(in_record_key => in_record_key), in_since)
      );
      l_written pls_integer;
      l_come    pls_integer;
      l_first   crm_outbox_attempts.started_on%type;
   begin
      if in_event_type = crm_types.co_person_updated then
         select count(*)
           into l_written
           from crm_outbox_events e
          cross join json_table(
                   e.steps, '$[*]'
                   columns (
                      step varchar2(10 char) path '$.step',
                      op   varchar2(10 char) path '$.op'
                   )
                ) s
          where e.record_key = in_record_key
            and e.status = crm_types.co_delivered
            and e.settled_on >= co_since
            and s.step = 'contact'
            and s.op <> 'remove';
      else
         select coalesce(
                   sum(
                      case when e.changed_fields <> co_no_fields then 1 else 0 end
                      + (
                           select count(*)
                             from json_table(e.steps, '$[*]' columns (step varchar2(10 char) path '$.step'))
                        )
                   ),
                   0
                )
           into l_written
           from crm_outbox_events e
          where e.record_key = in_record_key
            and e.status = crm_types.co_delivered
            and e.settled_on >= co_since;
      end if;
      select min(a.started_on)
        into l_first
        from crm_outbox_events e
        join crm_outbox_attempts a
          on a.event_id = e.event_id
       where e.record_key = in_record_key
         and e.status = crm_types.co_delivered
         and e.settled_on >= co_since;
      select coalesce(sum(i.arrivals), 0)
        into l_come
        from crm_records r
        join crm_inbox_events i
          on i.crm_id = r.crm_id
       where r.record_key = in_record_key
         and i.status not in (crm_types.co_ready, crm_types.co_inflight)
         and i.event_type = in_event_type
         and i.received_on >= l_first
         -- those for which one stands that is still looked at are counted with it
         and not exists (
                select null
                  from crm_inbox_events o
                 where o.crm_id = i.crm_id
                   and o.status in (crm_types.co_ready, crm_types.co_inflight)
                   and i.status = crm_types.co_superseded
                   and i.detail = 'webhook ' || o.inbox_id || ' stands for it'
             );
      return l_written - l_come;
   end echoes_left;

   -- Is what the webhook shows, or hides, of the persons explained by what we did?
   function is_echo_of_persons(
      in_record_key in crm_records.record_key%type,
      in_event_type in crm_inbox_events.event_type%type,
      in_fields     in crm_inbox_events.fields%type,
      in_since      in timestamp with time zone,
      in_taken      in pls_integer
   ) return boolean
   is
      l_shown shown_type;
   begin
      if not takes_contacts then
         return in_event_type <> crm_types.co_person_updated;
      end if;
      l_shown := shown_contacts(
         in_record_key => in_record_key,
         in_fields     => in_fields
      );
      return case
                when l_shown = co_not_shown then in_event_type <> crm_types.co_person_updated
                when l_shown <> co_same then false
                when in_event_type = crm_types.co_person_updated
                   or person_count(in_record_key => in_record_key) > 1
                then
                   echoes_left(
                      in_record_key => in_record_key,
                      in_event_type => in_event_type,
                      in_since      => in_since
                   ) > in_taken
                else true
             end;
   end is_echo_of_persons;

   procedure settle_echoes(
      in_limit    in  pls_integer,
      out_settled out pls_integer
   )
   is
      co_seconds constant number := crm_config.number_value(in_name => crm_config.co_echo_seconds);
      cursor c_due is
         select i.inbox_id, i.event_type, i.fields, i.received_on, r.record_key, r.agreed_image, r.agreed_stage
           from crm_inbox_events i
           join crm_records r
             on r.crm_id = i.crm_id
          where i.status = crm_types.co_ready
            and i.contacts_due = crm_types.co_no
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
      type taken_type is table of pls_integer index by varchar2(80 char);
      t_due    due_type;
      t_echoes crm_ids_ct := crm_ids_ct();
      t_taken  taken_type;   -- echoes of this call, by record and type of event
      l_index  varchar2(80 char);
   begin
      open c_due;
      fetch c_due bulk collect into t_due limit in_limit;
      close c_due;
      <<due_webhooks>>
      for i in 1 .. t_due.count loop
         l_index := t_due(i).record_key || ' ' || t_due(i).event_type;
         if not t_taken.exists(l_index) then
            t_taken(l_index) := 0;
         end if;
         if is_echo(
               in_fields       => t_due(i).fields,
               in_agreed_image => t_due(i).agreed_image,
               in_agreed_stage => t_due(i).agreed_stage
            )
            and is_echo_of_persons(
                   in_record_key => t_due(i).record_key,
                   in_event_type => t_due(i).event_type,
                   in_fields     => t_due(i).fields,
                   in_since      => t_due(i).received_on - numtodsinterval(co_seconds, 'SECOND'),
                   in_taken      => t_taken(l_index)
                )
         then
            t_taken(l_index) := t_taken(l_index) + 1;
            t_echoes.extend;
            t_echoes(t_echoes.count) := t_due(i).inbox_id;
         end if;
      end loop due_webhooks;
      crm_inbox.settle_unclaimed(
         in_inbox_ids => t_echoes,
         in_detail    => co_echo_detail
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
      l_taken pls_integer := 0;
   begin
      if in_event.contacts_due = crm_types.co_yes then
         return false;
      end if;
      select r.agreed_image, r.agreed_stage
        into l_image, l_stage
        from crm_records r
       where r.record_key = in_event.record_key
         and r.agreed_hash is not null
         and r.doubtful_fields is null
         and r.agreed_on >= in_event.received_on - numtodsinterval(co_seconds, 'SECOND');
      <<meant_webhooks>>
      for r_meant in (
         select i.inbox_id, i.fields, i.attempts, i.event_type, i.received_on
           from crm_inbox_events i
          where i.inbox_id = in_event.inbox_id
             or i.crm_id = in_event.crm_id
            and i.status = crm_types.co_superseded
            and i.detail = 'webhook ' || in_event.inbox_id || ' stands for it'
      ) loop
         if r_meant.fields is null
            -- one that was claimed before may stand for others again
            or (r_meant.inbox_id <> in_event.inbox_id and r_meant.attempts > 0)
            or not is_echo(
                      in_fields       => r_meant.fields,
                      in_agreed_image => l_image,
                      in_agreed_stage => l_stage
                   )
            or not is_echo_of_persons(
                      in_record_key => in_event.record_key,
                      in_event_type => r_meant.event_type,
                      in_fields     => r_meant.fields,
                      in_since      => r_meant.received_on - numtodsinterval(co_seconds, 'SECOND'),
                      in_taken      => l_taken
                   )
         then
            return false;
         end if;
         l_taken := l_taken + 1;
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
               in_detail => co_echo_detail
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

   function shows_mirrored_stage(
      in_fields       in crm_inbox_events.fields%type,
      in_agreed_stage in crm_records.agreed_stage%type
   ) return boolean
   is
      l_stage crm_types.value_type := in_agreed_stage;
   begin
      if in_fields is not null then
         l_stage := coalesce(json_object_t.parse(in_fields).get_string('stage'), l_stage);
      end if;
      return crm_rules.is_mirrored_stage(in_stage => l_stage);
   end shows_mirrored_stage;

   -- What the webhook of a known record, in a mirrored stage, asks to be read.
   function reads_of(
      in_event  in crm_inbox_events%rowtype,
      in_record in crm_records%rowtype
   ) return varchar2
   is
      l_is_known boolean := false;
      l_shown    shown_type;
   begin
      -- what differs, or is in doubt, is settled by reading the lead
      if in_event.fields is not null and in_record.agreed_hash is not null and in_record.doubtful_fields is null then
         l_is_known := is_echo(
            in_fields       => in_event.fields,
            in_agreed_image => in_record.agreed_image,
            in_agreed_stage => in_record.agreed_stage
         );
      end if;
      l_shown := shown_contacts(
         in_record_key => in_record.record_key,
         in_fields     => in_event.fields
      );
      return case
                when in_event.event_type = crm_types.co_person_updated
                   or in_event.contacts_due = crm_types.co_yes
                   or l_shown = co_different
                then case when l_is_known then co_contacts else co_both end
                when l_shown = co_kept_out then co_both
                when l_shown = co_same
                   and l_is_known
                   and person_count(in_record_key => in_record.record_key) > 1
                then co_both
                else co_lead
             end;
   end reads_of;

   procedure note_reads(in_inbox_ids in crm_ids_ct)
   is
      co_takes  constant boolean := takes_contacts;
      r_event   crm_inbox_events%rowtype;
      r_record  crm_records%rowtype;
      r_unknown crm_records%rowtype;
      t_reads   crm_record_keys_ct := crm_record_keys_ct();
   begin
      <<webhooks>>
      for i in 1 .. in_inbox_ids.count loop
         select e.*
           into r_event
           from crm_inbox_events e
          where e.inbox_id = in_inbox_ids(i);
         r_record := r_unknown;
         if r_event.record_key is not null then
            select r.*
              into r_record
              from crm_records r
             where r.record_key = r_event.record_key;
         end if;
         t_reads.extend;
         t_reads(i) := case
                          when not co_takes
                             or not shows_mirrored_stage(
                                       in_fields       => r_event.fields,
                                       in_agreed_stage => r_record.agreed_stage
                                    )
                          then co_lead
                          when r_event.record_key is not null then
                             reads_of(
                                in_event  => r_event,
                                in_record => r_record
                             )
                          when r_event.event_type = crm_types.co_lead_converted then co_both
                          else co_lead
                       end;
      end loop webhooks;
      crm_inbox.note_reads(
         in_inbox_ids => in_inbox_ids,
         in_reads     => t_reads
      );
   end note_reads;
end crm_echo;
/
