create or replace package body crm_contacts
is
   co_max_detail constant pls_integer := 1000;
   co_removed    constant contacts.end_reason%type := 'removed in the CRM';
   co_replaced   constant contacts.end_reason%type := 'another person was added in its place';

   /** A person of the lead and what is known of it. */
   type person_type is record (
      person_id  crm_contact_records.person_id%type,
      contact_id crm_contact_records.contact_id%type,   -- null: the ERP has no such contact yet
      is_bound   boolean,                               -- crm_contact_records has the person already
      is_left    boolean,                               -- takes no part: let go, or a person must decide
      crm        crm_types.fields_type,
      erp        crm_types.fields_type,                 -- as vw_crm_clients_contacts shows it
      image      crm_contact_records.agreed_image%type,
      base       crm_types.fields_type,                 -- the fields of the image
      merged     crm_types.fields_type
   );
   type persons_type is table of person_type index by pls_integer;

   /** Which field is compared how. */
   type policies_type is table of crm_contact_policies%rowtype;

   function policies return policies_type
   is
      t_policies policies_type;
   begin
      select p.*
        bulk collect into t_policies
        from crm_contact_policies p
       order by p.position;
      return t_policies;
   end policies;

   -- The fields that the object has, in the form in which contacts are compared.
   function forms_of(in_object in json_object_t) return crm_types.fields_type
   is
      t_fields crm_types.fields_type;
   begin
      <<fields>>
      for r_policy in (
         select p.field_name
           from crm_contact_policies p
      ) loop
         if in_object.has(r_policy.field_name) then
            t_fields(r_policy.field_name) := crm_contact_match.erp_form(
               in_field_name => r_policy.field_name,
               in_value      => crm_fields.text_of(in_object, r_policy.field_name)
            );
         end if;
      end loop fields;
      return t_fields;
   end forms_of;

   function persons_of(in_persons in json_array_t) return persons_type
   is
      t_persons persons_type;
      l_person  json_object_t;
   begin
      <<persons>>
      for i in 1 .. in_persons.get_size loop
         l_person := treat(in_persons.get(i - 1) as json_object_t);
         t_persons(i).person_id := l_person.get_number('person_id');
         if t_persons(i).person_id is null then
            crm_err.raise_error(
               in_number => crm_err.co_invalid_json,
               in_detail => 'persons with person_id'
            );
         end if;
         t_persons(i).is_bound := false;
         t_persons(i).is_left  := false;
         t_persons(i).crm      := forms_of(in_object => l_person);
      end loop persons;
      return t_persons;
   end persons_of;

   -- Until the end of the transaction nobody else changes what is compared here.
   procedure lock_contacts(in_record_key in crm_records.record_key%type)
   is
      cursor c_contacts is
         select c.id
           from crm_records r
           join erp.contacts c
             on c.client_code = r.client_code
            and c.branch_code = r.branch_code
          where r.record_key = in_record_key
          order by c.id
            for update of c.name nowait;
      t_contact_ids crm_ids_ct;
   begin
      open c_contacts;
      fetch c_contacts bulk collect into t_contact_ids;
      close c_contacts;
   end lock_contacts;

   procedure leave_out(
      in_reason  in            varchar2,
      io_person  in out nocopy person_type,
      io_outcome in out nocopy outcome_type
   )
   is
   begin
      io_person.is_left  := true;
      io_outcome.refusal := substr(
         io_outcome.refusal || case when io_outcome.refusal is not null then '; ' end
         || 'person ' || io_person.person_id || ' ' || in_reason,
         1,
         co_max_detail
      );
   end leave_out;

   -- What the ERP shows of the contact, and what was agreed on it.
   procedure read_contact(
      in_record_key in            crm_records.record_key%type,
      io_person     in out nocopy person_type
   )
   is
      cursor c_contact is
         select c.name, c.email, c.phone, c.job_title, c.is_primary, c.agreed_image, c.agreed_person_id
           from crm_contact_rows_v c
          where c.contact_id = io_person.contact_id
            and c.record_key = in_record_key;
      r_contact c_contact%rowtype;
   begin
      open c_contact;
      fetch c_contact into r_contact;
      if c_contact%notfound then
         close c_contact;
         -- deleted in the ERP, or gone to another branch: what follows from that is on its way
         io_person.is_left := true;
         return;
      end if;
      close c_contact;
      io_person.erp('name')       := r_contact.name;
      io_person.erp('email')      := r_contact.email;
      io_person.erp('phone')      := r_contact.phone;
      io_person.erp('job_title')  := r_contact.job_title;
      io_person.erp('is_primary') := r_contact.is_primary;
      io_person.image             := r_contact.agreed_image;
      io_person.is_bound          := r_contact.agreed_person_id is not null;
      if io_person.image is not null then
         io_person.base := forms_of(in_object => json_object_t.parse(io_person.image));
      end if;
   end read_contact;

   procedure match(
      in_record_key in            crm_records.record_key%type,
      io_person     in out nocopy person_type,
      io_outcome    in out nocopy outcome_type
   )
   is
      l_let_go pls_integer;
   begin
      select count(*)
        into l_let_go
        from crm_let_go_persons g
       where g.person_id = io_person.person_id;
      if l_let_go > 0 then
         io_person.is_left := true;
         return;
      end if;
      io_person.contact_id := crm_contact_match.contact_id_of(
         in_record_key => in_record_key,
         in_person_id  => io_person.person_id,
         in_name       => crm_fields.value_of(in_fields => io_person.crm, in_field_name => 'name'),
         in_email      => crm_fields.value_of(in_fields => io_person.crm, in_field_name => 'email')
      );
      if io_person.contact_id is not null then
         read_contact(
            in_record_key => in_record_key,
            io_person     => io_person
         );
      elsif crm_contact_match.is_leftover(
               in_record_key => in_record_key,
               in_name       => crm_fields.value_of(in_fields => io_person.crm, in_field_name => 'name'),
               in_email      => crm_fields.value_of(in_fields => io_person.crm, in_field_name => 'email')
            )
      then
         crm_steps.let_go_person(
            in_person_id  => io_person.person_id,
            in_record_key => in_record_key
         );
         io_person.is_left := true;
         return;
      end if;
      if not io_person.is_left and crm_fields.value_of(in_fields => io_person.crm, in_field_name => 'name') is null then
         -- a contact needs a name
         io_person.crm.delete('name');
      end if;
      if io_person.contact_id is null and not io_person.crm.exists('name') then
         leave_out(
            in_reason  => 'has no name',
            io_person  => io_person,
            io_outcome => io_outcome
         );
      end if;
   exception
      when crm_err.e_ambiguous then
         leave_out(
            in_reason  => 'may be several contacts',
            io_person  => io_person,
            io_outcome => io_outcome
         );
   end match;

   -- Several persons for one contact: none of them is taken for it.
   procedure refuse_rivals(
      io_persons in out nocopy persons_type,
      io_outcome in out nocopy outcome_type
   )
   is
      type counts_type is table of pls_integer index by varchar2(20 char);
      t_counts counts_type;
      l_index  varchar2(20 char);
   begin
      <<persons>>
      for i in 1 .. io_persons.count loop
         if io_persons(i).contact_id is not null and not io_persons(i).is_left then
            l_index           := to_char(io_persons(i).contact_id);
            t_counts(l_index) := case when t_counts.exists(l_index) then t_counts(l_index) else 0 end + 1;
         end if;
      end loop persons;
      <<rivals>>
      for i in 1 .. io_persons.count loop
         if io_persons(i).contact_id is not null
            and not io_persons(i).is_left
            and t_counts(to_char(io_persons(i).contact_id)) > 1
         then
            leave_out(
               in_reason  => 'is not the only one that may be contact ' || io_persons(i).contact_id,
               io_person  => io_persons(i),
               io_outcome => io_outcome
            );
         end if;
      end loop rivals;
   end refuse_rivals;

   -- The fields of the contact in the form in which they are compared.
   function forms_of_erp(
      in_policies in policies_type,
      in_erp      in crm_types.fields_type
   ) return crm_types.fields_type
   is
      t_forms crm_types.fields_type;
   begin
      <<fields>>
      for i in 1 .. in_policies.count loop
         t_forms(in_policies(i).field_name) := crm_contact_match.erp_form(
            in_field_name => in_policies(i).field_name,
            in_value      => crm_fields.value_of(in_fields => in_erp, in_field_name => in_policies(i).field_name)
         );
      end loop fields;
      return t_forms;
   end forms_of_erp;

   procedure merge_person(
      in_record_key in            crm_records.record_key%type,
      in_inbox_id   in            crm_inbox_events.inbox_id%type,
      in_policies   in            policies_type,
      io_person     in out nocopy person_type,
      io_outcome    in out nocopy outcome_type
   )
   is
      co_erp  constant crm_types.fields_type := forms_of_erp(in_policies => in_policies, in_erp => io_person.erp);
      r_merge crm_merge.merge_type;
      l_name  crm_types.field_name_type;
   begin
      if io_person.contact_id is null then
         io_person.merged      := io_person.crm;
         io_outcome.is_changed := true;
         return;
      end if;
      crm_guard.count_own_contact_values(
         in_contact_id => io_person.contact_id,
         in_crm        => io_person.crm,
         io_base       => io_person.base
      );
      r_merge := crm_merge.merge_contact(
         in_base => io_person.base,
         in_erp  => co_erp,
         in_crm  => io_person.crm
      );
      crm_conflict.keep_decisions(
         in_record_key => in_record_key,
         in_inbox_id   => in_inbox_id,
         in_decisions  => r_merge.decisions,
         in_contact_id => io_person.contact_id
      );
      io_person.merged := r_merge.merged;
      if r_merge.is_accepted then
         io_outcome.is_changed := true;
      end if;
      -- what does not change keeps the spelling of the ERP
      <<fields>>
      for i in 1 .. in_policies.count loop
         l_name := in_policies(i).field_name;
         if not crm_rules.differs(
                   in_comparison => in_policies(i).comparison,
                   in_left       => co_erp(l_name),
                   in_right      => crm_fields.value_of(in_fields => io_person.merged, in_field_name => l_name)
                )
         then
            io_person.merged(l_name) := io_person.erp(l_name);
         end if;
      end loop fields;
   end merge_person;

   function is_main(in_fields in crm_types.fields_type) return boolean
   is
   begin
      return coalesce(crm_fields.value_of(in_fields => in_fields, in_field_name => crm_merge.co_is_primary), 'N') = 'S';
   end is_main;

   -- Is the main contact of the ERP another one than was agreed, or none that has a person?
   function has_erp_moved_flag(in_persons in persons_type) return boolean
   is
   begin
      <<persons>>
      for i in 1 .. in_persons.count loop
         if not in_persons(i).is_left and is_main(in_fields => in_persons(i).erp) then
            return not is_main(in_fields => in_persons(i).base);
         end if;
      end loop persons;
      return false;
   end has_erp_moved_flag;

   -- A branch has one main contact. Its change in the CRM is taken when the CRM names exactly one.
   procedure merge_flag(
      in_record_key in            crm_records.record_key%type,
      in_inbox_id   in            crm_inbox_events.inbox_id%type,
      io_persons    in out nocopy persons_type,
      io_outcome    in out nocopy outcome_type
   )
   is
      t_decisions crm_merge.decisions_type;
      l_policy    crm_contact_policies.policy%type;
      l_main      pls_integer;
      l_mains     pls_integer := 0;
      l_is_taken  boolean := false;
   begin
      select p.policy
        into l_policy
        from crm_contact_policies p
       where p.field_name = crm_merge.co_is_primary;
      <<persons>>
      for i in 1 .. io_persons.count loop
         if is_main(in_fields => io_persons(i).crm) then
            l_mains := l_mains + 1;
            if not io_persons(i).is_left then
               l_main := i;
            end if;
         end if;
      end loop persons;
      if l_mains = 1
         and l_main is not null
         and not is_main(in_fields => io_persons(l_main).erp)
         and not is_main(in_fields => io_persons(l_main).base)
      then
         l_is_taken := l_policy = crm_types.co_crm;
         if l_policy = crm_types.co_erp or has_erp_moved_flag(in_persons => io_persons) then
            t_decisions(1).field_name := crm_merge.co_is_primary;
            t_decisions(1).policy     := l_policy;
            t_decisions(1).base_value := 'N';
            t_decisions(1).erp_value  := 'N';
            t_decisions(1).crm_value  := 'S';
            t_decisions(1).taken      := l_policy;
            crm_conflict.keep_decisions(
               in_record_key => in_record_key,
               in_inbox_id   => in_inbox_id,
               in_decisions  => t_decisions,
               in_contact_id => io_persons(l_main).contact_id
            );
         end if;
      end if;
      <<flags>>
      for i in 1 .. io_persons.count loop
         io_persons(i).merged(crm_merge.co_is_primary) := case
                                                             when l_is_taken and i = l_main then 'S'
                                                             when l_is_taken then 'N'
                                                             when is_main(in_fields => io_persons(i).erp) then 'S'
                                                             else 'N'
                                                          end;
      end loop flags;
      if l_is_taken then
         io_outcome.is_changed := true;
      end if;
   end merge_flag;

   -- From here on the person is found by its id, whatever its e-mail address becomes.
   procedure bind(
      in_record_key in crm_records.record_key%type,
      in_persons    in persons_type
   )
   is
   begin
      <<persons>>
      for i in 1 .. in_persons.count loop
         if in_persons(i).contact_id is not null and not in_persons(i).is_left and not in_persons(i).is_bound then
            crm_steps.agree_contact(
               in_contact_id => in_persons(i).contact_id,
               in_record_key => in_record_key,
               in_person_id  => in_persons(i).person_id,
               in_image      => in_persons(i).image
            );
         end if;
      end loop persons;
   end bind;

   -- Those that take part as rows of CONTACTS: as the ERP has them, or as it shall have them.
   function rows_of(
      in_persons   in persons_type,
      in_is_merged in boolean
   ) return clob
   is
      l_rows   json_array_t := json_array_t.parse('[]');
      l_row    json_object_t;
      t_fields crm_types.fields_type;
      l_name   crm_types.field_name_type;
   begin
      <<persons>>
      for i in 1 .. in_persons.count loop
         if not in_persons(i).is_left and (in_is_merged or in_persons(i).contact_id is not null) then
            if in_is_merged then
               t_fields := in_persons(i).merged;
            else
               t_fields := in_persons(i).erp;
            end if;
            l_row := json_object_t.parse('{}');
            l_row.put('person_id', in_persons(i).person_id);
            l_name := t_fields.first;
            <<fields>>
            while l_name is not null loop
               l_row.put(l_name, t_fields(l_name));
               l_name := t_fields.next(l_name);
            end loop fields;
            l_rows.append(l_row);
         end if;
      end loop persons;
      return l_rows.to_clob;
   end rows_of;

   -- One statement, so that its trigger sees all persons of the branch at once.
   procedure write_mirror(
      in_record_key in crm_records.record_key%type,
      in_crm_id     in crm_records.crm_id%type,
      in_rows       in clob
   )
   is
   begin
      -- plsqlcheck: allow waiting-lock because the record's row, held since before, keeps others away
      merge into contacts tgt
      using (
               select p.person_id, p.name, p.email, p.phone, p.job_title, p.is_primary, r.client_code
                 from json_table(
                         in_rows, '$[*]'
                         columns (
                            person_id  number             path '$.person_id',
                            name       varchar2(60 char)  path '$.name',
                            email      varchar2(200 char) path '$.email',
                            phone      varchar2(20 char)  path '$.phone',
                            job_title  varchar2(30 char)  path '$.job_title',
                            is_primary varchar2(1 char)   path '$.is_primary'
                         )
                      ) p
                cross join crm_records r
                where r.record_key = in_record_key
            ) src
         on (tgt.id = src.person_id)
       when matched then
            update
               set tgt.name        = src.name,
                   tgt.email       = src.email,
                   tgt.phone       = src.phone,
                   tgt.job_title   = src.job_title,
                   tgt.is_primary  = src.is_primary,
                   tgt.client_code = src.client_code,
                   tgt.lead_id     = in_crm_id,
                   tgt.ended_on    = null,
                   tgt.end_reason  = null
             where decode(tgt.name, src.name, 0, 1) = 1
                or decode(tgt.email, src.email, 0, 1) = 1
                or decode(tgt.phone, src.phone, 0, 1) = 1
                or decode(tgt.job_title, src.job_title, 0, 1) = 1
                or tgt.is_primary <> src.is_primary
                or decode(tgt.client_code, src.client_code, 0, 1) = 1
                or decode(tgt.lead_id, in_crm_id, 0, 1) = 1
                or tgt.ended_on is not null
       when not matched then
            insert (id, name, email, phone, job_title, is_primary, client_code, lead_id)
            values (
               src.person_id, src.name, src.email, src.phone, src.job_title, src.is_primary, src.client_code, in_crm_id
            );
   end write_mirror;

   -- The fields as the CRM holds them, in the spelling of the ERP where the two count as equal.
   function image_of(
      in_policies in policies_type,
      in_person   in person_type
   ) return clob
   is
      co_erp  constant crm_types.fields_type := forms_of_erp(in_policies => in_policies, in_erp => in_person.erp);
      l_image json_object_t := json_object_t.parse('{}');
      l_name  crm_types.field_name_type;
      l_crm   crm_types.value_type;
   begin
      <<fields>>
      for i in 1 .. in_policies.count loop
         l_name := in_policies(i).field_name;
         l_crm  := case
                      when in_person.crm.exists(l_name) then in_person.crm(l_name)
                      else crm_fields.value_of(in_fields => in_person.base, in_field_name => l_name)
                   end;
         if not crm_rules.differs(
                   in_comparison => in_policies(i).comparison,
                   in_left       => co_erp(l_name),
                   in_right      => l_crm
                )
         then
            l_crm := in_person.erp(l_name);
         end if;
         if l_crm is null then
            l_image.put_null(l_name);
         else
            l_image.put(l_name, l_crm);
         end if;
      end loop fields;
      return l_image.to_clob;
   end image_of;

   procedure agree(
      in_record_key in            crm_records.record_key%type,
      in_policies   in            policies_type,
      io_persons    in out nocopy persons_type,
      io_outcome    in out nocopy outcome_type
   )
   is
      t_contact_ids crm_ids_ct := crm_ids_ct();
      l_pending     pls_integer;
   begin
      <<persons>>
      for i in 1 .. io_persons.count loop
         if not io_persons(i).is_left then
            -- read again: what counts is what the ERP made of it
            io_persons(i).contact_id := crm_contact_match.contact_id_of(
               in_record_key => in_record_key,
               in_person_id  => io_persons(i).person_id,
               in_name       => null,
               in_email      => null
            );
            read_contact(
               in_record_key => in_record_key,
               io_person     => io_persons(i)
            );
            crm_steps.agree_contact(
               in_contact_id => io_persons(i).contact_id,
               in_record_key => in_record_key,
               in_person_id  => io_persons(i).person_id,
               in_image      => image_of(in_policies => in_policies, in_person => io_persons(i))
            );
            t_contact_ids.extend;
            t_contact_ids(t_contact_ids.count) := io_persons(i).contact_id;
         end if;
      end loop persons;
      select count(*)
        into l_pending
        from crm_records r
        join crm_record_steps_v s
          on s.client_code = r.client_code
         and s.branch_code = r.branch_code
       where r.record_key = in_record_key
         and s.contact_id in (select /*+ cardinality(t 100) */ t.column_value from table(t_contact_ids) t);
      io_outcome.is_pending := l_pending > 0;
   end agree;

   procedure look_for_missing(
      in_record_key in            crm_records.record_key%type,
      in_crm_id     in            crm_records.crm_id%type,
      in_persons    in            persons_type,
      io_outcome    in out nocopy outcome_type
   )
   is
      t_person_ids crm_ids_ct := crm_ids_ct();
      t_ended_ids  crm_ids_ct;
      l_missing    pls_integer;
   begin
      <<persons>>
      for i in 1 .. in_persons.count loop
         t_person_ids.extend;
         t_person_ids(t_person_ids.count) := in_persons(i).person_id;
      end loop persons;
      crm_steps.note_missing(
         in_record_key => in_record_key,
         in_person_ids => t_person_ids,
         in_seconds    => crm_config.number_value(in_name => crm_config.co_missing_seconds),
         out_ended_ids => t_ended_ids,
         out_missing   => l_missing
      );
      forall i in 1 .. t_ended_ids.count
         -- plsqlcheck: allow waiting-lock because the record's row, held since before, keeps others away
         update contacts c
            set c.ended_on   = systimestamp,
                c.end_reason = co_removed
          where c.id = t_ended_ids(i)
            and c.ended_on is null;
      io_outcome.is_missing := l_missing > 0;
      if t_ended_ids.count > 0 then
         io_outcome.is_changed := true;
      end if;
      -- a person that is gone, and that no contact is bound to any more, since another one was added in its place
      -- plsqlcheck: allow waiting-lock because the record's row, held since before, keeps others away
      update contacts c
         set c.ended_on   = systimestamp,
             c.end_reason = co_replaced
       where c.lead_id = in_crm_id
         and c.ended_on is null
         and c.id not in (select /*+ cardinality(t 100) */ t.column_value from table(t_person_ids) t)
         and not exists (
                select null
                  from crm_contact_records k
                 where k.person_id = c.id
             );
   end look_for_missing;

   procedure apply_persons(
      in_record_key in  crm_records.record_key%type,
      in_crm_id     in  crm_records.crm_id%type,
      in_inbox_id   in  crm_inbox_events.inbox_id%type,
      in_persons    in  json_array_t,
      out_outcome   out outcome_type
   )
   is
      co_policies constant policies_type := policies;
      t_persons   persons_type := persons_of(in_persons => in_persons);
   begin
      out_outcome.is_changed := false;
      out_outcome.is_pending := false;
      lock_contacts(in_record_key => in_record_key);
      <<matches>>
      for i in 1 .. t_persons.count loop
         match(
            in_record_key => in_record_key,
            io_person     => t_persons(i),
            io_outcome    => out_outcome
         );
      end loop matches;
      refuse_rivals(
         io_persons => t_persons,
         io_outcome => out_outcome
      );
      <<merges>>
      for i in 1 .. t_persons.count loop
         if not t_persons(i).is_left then
            merge_person(
               in_record_key => in_record_key,
               in_inbox_id   => in_inbox_id,
               in_policies   => co_policies,
               io_person     => t_persons(i),
               io_outcome    => out_outcome
            );
         end if;
      end loop merges;
      merge_flag(
         in_record_key => in_record_key,
         in_inbox_id   => in_inbox_id,
         io_persons    => t_persons,
         io_outcome    => out_outcome
      );
      bind(
         in_record_key => in_record_key,
         in_persons    => t_persons
      );
      -- what the mirror held already would fire no trigger, and the ERP may have moved on since
      write_mirror(
         in_record_key => in_record_key,
         in_crm_id     => in_crm_id,
         in_rows       => rows_of(in_persons => t_persons, in_is_merged => false)
      );
      write_mirror(
         in_record_key => in_record_key,
         in_crm_id     => in_crm_id,
         in_rows       => rows_of(in_persons => t_persons, in_is_merged => true)
      );
      agree(
         in_record_key => in_record_key,
         in_policies   => co_policies,
         io_persons    => t_persons,
         io_outcome    => out_outcome
      );
      look_for_missing(
         in_record_key => in_record_key,
         in_crm_id     => in_crm_id,
         in_persons    => t_persons,
         io_outcome    => out_outcome
      );
   end apply_persons;
end crm_contacts;
/
