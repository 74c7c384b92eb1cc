create or replace package body crm_echo
is
   co_echo_detail constant crm_inbox_events.detail%type := 'shows nothing but what is agreed';
   co_is_primary  constant crm_contact_policies.field_name%type := 'is_primary';

   co_lead     constant crm_inbox_events.reads%type := 'LEAD';
   co_contacts constant crm_inbox_events.reads%type := 'CONTACTS';
   co_both     constant crm_inbox_events.reads%type := 'BOTH';

   /** What a webhook shows of the persons of its lead. */
   subtype shown_type is varchar2(10 char);
   co_not_asked constant shown_type := 'NOT ASKED';   -- it tells of one field alone, or is no more than a hint
   co_unknown   constant shown_type := 'UNKNOWN';     -- not in the body, or too much of it to be kept
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

   -- Where the CRM says who wrote, an event shows one field, and the others are events of their own.
   function is_own_write(in_shown in json_object_t) return boolean
   is
   begin
      return coalesce(crm_fields.text_of(in_shown, 'own_write'), crm_types.co_no) = crm_types.co_yes;
   end is_own_write;

   -- Is a lead in a mirrored stage in the mirror? Where we have moved it there ourselves, it is not yet.
   function is_in_mirror(
      in_crm_id       in crm_records.crm_id%type,
      in_agreed_stage in crm_records.agreed_stage%type
   ) return boolean
   is
      l_rows pls_integer;
   begin
      select count(*)
        into l_rows
        from leads l
       where l.id = in_crm_id
         and l.ended_on is null;
      return l_rows > 0 or not crm_rules.is_mirrored_stage(in_stage => in_agreed_stage);
   end is_in_mirror;

   function is_echo(
      in_crm_id       in crm_records.crm_id%type,
      in_fields       in crm_inbox_events.fields%type,
      in_agreed_image in crm_records.agreed_image%type,
      in_agreed_stage in crm_records.agreed_stage%type
   ) return boolean
   is
      co_shown  constant json_object_t := json_object_t.parse(in_fields);
      co_agreed constant json_object_t := json_object_t.parse(in_agreed_image);
      co_is_own constant boolean := is_own_write(in_shown => co_shown);
   begin
      if not is_in_mirror(in_crm_id => in_crm_id, in_agreed_stage => in_agreed_stage) then
         return false;
      end if;
      if (co_shown.has('stage') or not co_is_own)
         and not is_known_stage(in_shown => crm_fields.text_of(co_shown, 'stage'), in_agreed => in_agreed_stage)
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
                  in_left       => crm_fields.text_of(co_shown, r_policy.field_name),
                  in_right      => crm_fields.text_of(co_agreed, r_policy.field_name)
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

   -- Is something of a person that may come into the ERP not in the webhook?
   function is_person_partly_shown(in_person in json_object_t) return boolean
   is
   begin
      <<fields>>
      for r_policy in (
         select p.field_name
           from crm_contact_policies p
          where p.policy <> crm_types.co_erp
            and p.field_name <> co_is_primary
      ) loop
         if not in_person.has(r_policy.field_name) then
            return true;
         end if;
      end loop fields;
      return false;
   end is_person_partly_shown;

   -- Does the webhook show all of the person that may come into the ERP, and that as it was agreed?
   function is_agreed_person(
      in_record_key in  crm_records.record_key%type,
      in_person     in  json_object_t,
      out_is_ours   out boolean
   ) return boolean
   is
      -- not get_number, which does not say what it gives for what is not a number
      co_person_id constant crm_contact_records.person_id%type := to_number(crm_fields.text_of(in_person, 'person_id'));
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
      if l_image is null or l_in_doubt = crm_types.co_yes or is_person_partly_shown(in_person => in_person) then
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
                      in_value      => crm_fields.text_of(in_person, r_policy.field_name)
                   ),
                   in_right      => crm_contact_match.erp_form(
                      in_field_name => r_policy.field_name,
                      in_value      => crm_fields.text_of(l_agreed, r_policy.field_name)
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

   -- The persons that a webhook shows, each of them an object.
   function persons_in(in_shown in json_object_t) return json_array_t
   is
      l_persons json_array_t;
   begin
      if not in_shown.get('contacts').is_array then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'an array of persons'
         );
      end if;
      l_persons := in_shown.get_array('contacts');
      <<persons>>
      for i in 1 .. l_persons.get_size loop
         if not l_persons.get(i - 1).is_object then
            crm_err.raise_error(
               in_number => crm_err.co_invalid_json,
               in_detail => 'persons that are objects'
            );
         end if;
      end loop persons;
      return l_persons;
   end persons_in;

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
         return co_not_asked;
      end if;
      l_shown := json_object_t.parse(in_fields);
      if not l_shown.has('contacts') then
         return case when is_own_write(in_shown => l_shown) then co_not_asked else co_unknown end;
      elsif l_shown.get('contacts').is_null then
         return co_unknown;
      end if;
      l_persons := persons_in(in_shown => l_shown);
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

   -- May a user have chosen another main contact? No webhook shows which person is the main one, so whatever comes of a
   -- lead with a person that is not, be it the echo of our own writing word for word, may tell of that choice.
   function hides_choice(in_record_key in crm_records.record_key%type) return boolean
   is
      l_others pls_integer;
   begin
      select count(*)
        into l_others
        from crm_contact_records r
       where r.record_key = in_record_key
         and r.person_id is not null
         and coalesce(json_value(r.agreed_image, '$.is_primary'), crm_types.co_no) <> crm_types.co_yes
         and exists (
                select null
                  from crm_contact_policies p
                 where p.field_name = co_is_primary
                   and p.policy <> crm_types.co_erp
             );
      return l_others > 0;
   end hides_choice;

   -- Does the webhook show all of the persons that may come into the ERP, and that as agreed? While the lead is in a
   -- stage that is not mirrored nothing of them comes in; when it moves on, they are read.
   function is_echo_of_persons(
      in_record_key   in crm_records.record_key%type,
      in_event_type   in crm_inbox_events.event_type%type,
      in_fields       in crm_inbox_events.fields%type,
      in_agreed_stage in crm_records.agreed_stage%type
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
                when l_shown = co_not_asked then in_event_type <> crm_types.co_person_updated
                when l_shown in (co_same, co_unknown)
                   and not crm_rules.is_mirrored_stage(in_stage => in_agreed_stage)
                then true
                when l_shown <> co_same then false
                else not hides_choice(in_record_key => in_record_key)
             end;
   end is_echo_of_persons;

   -- What a webhook shows cannot be compared: from here on it shows nothing, and lead and persons are read. Nobody
   -- waits for it, and nothing is lost: a webhook is only a hint.
   procedure give_up_showing(
      in_inbox_id in crm_inbox_events.inbox_id%type,
      in_reason   in varchar2
   )
   is
   begin
      crm_inbox.forget_shown(
         in_inbox_id => in_inbox_id,
         in_detail   => 'what it shows cannot be compared, so all is read: ' || in_reason
      );
      crm_log.warn(
         in_scope   => 'crm_echo.give_up_showing',
         in_message => 'a webhook shows what cannot be compared',
         in_context => crm_log.pair(in_name => 'inbox_id', in_value => in_inbox_id)
      );
   end give_up_showing;

   -- Does a webhook show nothing but what is agreed, of the lead and of its persons?
   function shows_nothing_new(
      in_inbox_id     in crm_inbox_events.inbox_id%type,
      in_event_type   in crm_inbox_events.event_type%type,
      in_fields       in crm_inbox_events.fields%type,
      in_record_key   in crm_records.record_key%type,
      in_crm_id       in crm_records.crm_id%type,
      in_agreed_image in crm_records.agreed_image%type,
      in_agreed_stage in crm_records.agreed_stage%type
   ) return boolean
   is
   begin
      return is_echo(
                in_crm_id       => in_crm_id,
                in_fields       => in_fields,
                in_agreed_image => in_agreed_image,
                in_agreed_stage => in_agreed_stage
             )
         and is_echo_of_persons(
                in_record_key   => in_record_key,
                in_event_type   => in_event_type,
                in_fields       => in_fields,
                in_agreed_stage => in_agreed_stage
             );
   exception
      when others then
         if not crm_err.is_about_value(in_code => sqlcode) then
            raise;
         end if;
         give_up_showing(
            in_inbox_id => in_inbox_id,
            in_reason   => sqlerrm
         );
         return false;
   end shows_nothing_new;

   procedure settle_echoes(
      in_limit    in  pls_integer,
      out_settled out pls_integer
   )
   is
      co_seconds constant number := crm_config.number_value(in_name => crm_config.co_echo_seconds);
      cursor c_found is
         select i.inbox_id
           from crm_inbox_events i
           join crm_records r
             on r.crm_id = i.crm_id
          where i.status = 'READY'
            and i.contacts_due = crm_types.co_no
            and i.fields is not null
            -- one that was claimed before may stand for the webhook of an edit
            and (
                   i.attempts = 0
                or not exists (
                      select null
                        from crm_inbox_events o
                       where o.crm_id = i.crm_id
                         and o.status = 'SUPERSEDED'
                         and o.superseded_by = i.inbox_id
                   )
                )
            and (i.next_attempt_at is null or i.next_attempt_at <= systimestamp)
            and r.lease_owner is null
            and r.agreed_hash is not null
            and r.doubtful_fields is null
            and r.agreed_on >= i.received_on - numtodsinterval(co_seconds, 'SECOND')
          order by i.inbox_id
            for update of i.status, r.lease_owner skip locked;
      -- Asked again under the locks: a daemon may have settled the record, or claimed the webhook, before they were
      -- locked, and then something else is agreed.
      cursor c_due(in_inbox_ids in crm_ids_ct) is
         select i.inbox_id, i.event_type, i.fields, i.crm_id, r.record_key, r.agreed_image, r.agreed_stage
           from crm_inbox_events i
           join crm_records r
             on r.crm_id = i.crm_id
          where i.inbox_id in (select /*+ cardinality(t 100) */ t.column_value from table(in_inbox_ids) t)
            and i.status = 'READY'
            and i.contacts_due = crm_types.co_no
            and i.fields is not null
            and (
                   i.attempts = 0
                or not exists (
                      select null
                        from crm_inbox_events o
                       where o.crm_id = i.crm_id
                         and o.status = 'SUPERSEDED'
                         and o.superseded_by = i.inbox_id
                   )
                )
            and (i.next_attempt_at is null or i.next_attempt_at <= systimestamp)
            and r.lease_owner is null
            and r.agreed_hash is not null
            and r.doubtful_fields is null
            and r.agreed_on >= i.received_on - numtodsinterval(co_seconds, 'SECOND')
          order by i.inbox_id;
      type due_type is table of c_due%rowtype;
      t_found  crm_ids_ct;
      t_due    due_type;
      t_echoes crm_ids_ct := crm_ids_ct();
   begin
      open c_found;
      fetch c_found bulk collect into t_found limit in_limit;
      close c_found;
      open c_due(in_inbox_ids => t_found);
      fetch c_due bulk collect into t_due;
      close c_due;
      <<due_webhooks>>
      for i in 1 .. t_due.count loop
         if shows_nothing_new(
               in_inbox_id     => t_due(i).inbox_id,
               in_event_type   => t_due(i).event_type,
               in_fields       => t_due(i).fields,
               in_record_key   => t_due(i).record_key,
               in_crm_id       => t_due(i).crm_id,
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
         select i.inbox_id, i.fields, i.attempts, i.event_type
           from crm_inbox_events i
          where i.inbox_id = in_event.inbox_id
             or i.crm_id = in_event.crm_id
            and i.status = 'SUPERSEDED'
            and i.superseded_by = in_event.inbox_id
      ) loop
         if r_meant.fields is null
            -- one that was claimed before may stand for others again
            or (r_meant.inbox_id <> in_event.inbox_id and r_meant.attempts > 0)
            or not shows_nothing_new(
                      in_inbox_id     => r_meant.inbox_id,
                      in_event_type   => r_meant.event_type,
                      in_fields       => r_meant.fields,
                      in_record_key   => in_event.record_key,
                      in_crm_id       => in_event.crm_id,
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
          where i.inbox_id in (select /*+ cardinality(t 100) */ t.column_value from table(io_inbox_ids) t)
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
         l_stage := coalesce(crm_fields.text_of(json_object_t.parse(in_fields), 'stage'), l_stage);
      end if;
      return crm_rules.is_mirrored_stage(in_stage => l_stage);
   end shows_mirrored_stage;

   -- What one webhook of a known record asks to be read; whoever stands for several reads what any of them asks for.
   procedure add_reads(
      in_event    in     crm_inbox_events%rowtype,
      in_record   in     crm_records%rowtype,
      io_lead     in out boolean,
      io_contacts in out boolean
   )
   is
      co_seconds  constant number := crm_config.number_value(in_name => crm_config.co_echo_seconds);
      co_is_early constant boolean := not crm_rules.is_mirrored_stage(in_stage => in_record.agreed_stage)
         or not is_in_mirror(in_crm_id => in_record.crm_id, in_agreed_stage => in_record.agreed_stage);
      l_is_known  boolean := false;
      l_is_due    boolean;
      l_shown     shown_type;
   begin
      -- no person comes in while the stage is not mirrored
      if not shows_mirrored_stage(
                in_fields       => in_event.fields,
                in_agreed_stage => in_record.agreed_stage
             )
      then
         io_lead := true;
         return;
      end if;
      -- what differs, or is in doubt, is settled by reading the lead
      if in_event.fields is not null and in_record.agreed_hash is not null and in_record.doubtful_fields is null then
         l_is_known := is_echo(
            in_crm_id       => in_record.crm_id,
            in_fields       => in_event.fields,
            in_agreed_image => in_record.agreed_image,
            in_agreed_stage => in_record.agreed_stage
         );
      end if;
      l_shown  := shown_contacts(
         in_record_key => in_record.record_key,
         in_fields     => in_event.fields
      );
      l_is_due := in_event.event_type = crm_types.co_person_updated
         or in_event.contacts_due = crm_types.co_yes
         or l_shown in (co_different, co_unknown)
         -- where its fields explain the webhook, a choice has one of its own; in an early stage it was passed over
         or (l_shown = co_same and (l_is_known or co_is_early)
             and hides_choice(in_record_key => in_record.record_key));
      if l_is_due then
         io_contacts := true;
      end if;
      -- nothing new, and not just after our own writing: something that no webhook shows
      if not l_is_known
         or not l_is_due
         or (
               in_event.event_type <> crm_types.co_person_updated
               and l_shown = co_same
               and in_record.agreed_on < in_event.received_on - numtodsinterval(co_seconds, 'SECOND')
            )
      then
         io_lead := true;
      end if;
   end add_reads;

   -- The same, whatever the webhook shows.
   procedure add_reads_of(
      in_event    in     crm_inbox_events%rowtype,
      in_record   in     crm_records%rowtype,
      io_lead     in out boolean,
      io_contacts in out boolean
   )
   is
      l_lead     boolean := io_lead;
      l_contacts boolean := io_contacts;
   begin
      add_reads(
         in_event    => in_event,
         in_record   => in_record,
         io_lead     => l_lead,
         io_contacts => l_contacts
      );
      io_lead     := l_lead;
      io_contacts := l_contacts;
   exception
      when others then
         if not crm_err.is_about_value(in_code => sqlcode) then
            raise;
         end if;
         give_up_showing(
            in_inbox_id => in_event.inbox_id,
            in_reason   => sqlerrm
         );
         io_lead     := true;
         io_contacts := true;
   end add_reads_of;

   function reads_of(
      in_event  in crm_inbox_events%rowtype,
      in_record in crm_records%rowtype
   ) return varchar2
   is
      l_lead     boolean := false;
      l_contacts boolean := false;
   begin
      <<meant_webhooks>>
      for r_meant in (
         select i.*
           from crm_inbox_events i
          where i.inbox_id = in_event.inbox_id
             or i.crm_id = in_event.crm_id
            and i.status = 'SUPERSEDED'
            and i.superseded_by = in_event.inbox_id
      ) loop
         add_reads_of(
            in_event    => r_meant,
            in_record   => in_record,
            io_lead     => l_lead,
            io_contacts => l_contacts
         );
      end loop meant_webhooks;
      return case
                when l_lead and l_contacts then co_both
                when l_contacts then co_contacts
                else co_lead
             end;
   end reads_of;

   -- May the lead of this webhook become a client, for which its persons are wanted?
   function may_convert(in_event in crm_inbox_events%rowtype) return boolean
   is
   begin
      return in_event.event_type = crm_types.co_lead_converted
         and (
                in_event.fields is null and in_event.contacts_due = crm_types.co_yes
                or shows_mirrored_stage(in_fields => in_event.fields, in_agreed_stage => null)
             );
   exception
      when others then
         if not crm_err.is_about_value(in_code => sqlcode) then
            raise;
         end if;
         give_up_showing(
            in_inbox_id => in_event.inbox_id,
            in_reason   => sqlerrm
         );
         return true;
   end may_convert;

   procedure note_reads(in_inbox_ids in crm_ids_ct)
   is
      co_takes constant boolean := takes_contacts;
      r_event  crm_inbox_events%rowtype;
      r_record crm_records%rowtype;
      t_reads  crm_record_keys_ct := crm_record_keys_ct();
   begin
      <<webhooks>>
      for i in 1 .. in_inbox_ids.count loop
         select e.*
           into r_event
           from crm_inbox_events e
          where e.inbox_id = in_inbox_ids(i);
         t_reads.extend;
         t_reads(i) := co_lead;
         if co_takes and r_event.record_key is not null then
            select r.*
              into r_record
              from crm_records r
             where r.record_key = r_event.record_key;
            t_reads(i) := reads_of(
               in_event  => r_event,
               in_record => r_record
            );
         elsif co_takes and may_convert(in_event => r_event) then
            t_reads(i) := co_both;
         end if;
      end loop webhooks;
      crm_inbox.note_reads(
         in_inbox_ids => in_inbox_ids,
         in_reads     => t_reads
      );
   end note_reads;
end crm_echo;
/
