create or replace package body crm_steps
is
   co_contact constant varchar2(10 char) := 'contact';
   co_remove  constant varchar2(10 char) := 'remove';
   co_true    constant varchar2(5 char) := 'true';
   co_false   constant varchar2(5 char) := 'false';

   -- Persons that the CRM has made, or that were adopted there.
   procedure agree_contacts(
      in_event in crm_outbox_events%rowtype,
      in_steps in crm_outbox_events.steps%type
   )
   is
   begin
      merge into crm_contact_records tgt
      using (
               select s.contact_id, coalesce(d.person_id, s.person_id) as person_id, s.image
                 from json_table(
                         in_event.steps, '$[*]'
                         columns (
                            step       varchar2(10 char)  path '$.step',
                            op         varchar2(10 char)  path '$.op',
                            contact_id number             path '$.contact_id',
                            person_id  number             path '$.person_id',
                            image      varchar2(4000) format json path '$.fields'
                         )
                      ) s
                 join json_table(
                         in_steps, '$[*]'
                         columns (
                            step       varchar2(10 char) path '$.step',
                            contact_id number            path '$.contact_id',
                            person_id  number            path '$.person_id',
                            is_done    varchar2(5 char)  path '$.done'
                         )
                      ) d
                   on d.contact_id = s.contact_id
                where s.step = co_contact
                  and s.op <> co_remove
                  and d.step = co_contact
                  and d.is_done = co_true
            ) src
         on (tgt.contact_id = src.contact_id)
       when matched then
            update
               set tgt.record_key      = in_event.record_key,
                   tgt.person_id       = coalesce(src.person_id, tgt.person_id),
                   tgt.agreed_image    = src.image,
                   tgt.is_in_doubt     = crm_types.co_no,
                   tgt.doubtful_fields = null,
                   tgt.missing_on      = null,
                   tgt.agreed_on       = systimestamp
       when not matched then
            insert (contact_id, record_key, person_id, agreed_image, agreed_on)
            values (src.contact_id, in_event.record_key, src.person_id, src.image, systimestamp);
   exception
      when dup_val_on_index then
         crm_err.raise_error(
            in_number => crm_err.co_crm_id_taken,
            in_detail => 'a contact of record ' || in_event.record_key
         );
   end agree_contacts;

   -- The ERP gets the ids of the persons; a row that another session holds is left: crm_contact_records knows the id.
   procedure store_person_ids(in_record_key in crm_records.record_key%type)
   is
      cursor c_contacts is
         select c.id, r.person_id
           from crm_contact_records r
           join erp.contacts c
             on c.id = r.contact_id
          where r.record_key = in_record_key
            and r.person_id is not null
            and decode(c.id_crm, r.person_id, 0, 1) = 1
            for update of c.id_crm skip locked;
      t_contact_ids crm_ids_ct;
      t_person_ids  crm_ids_ct;
   begin
      open c_contacts;
      fetch c_contacts bulk collect into t_contact_ids, t_person_ids;
      close c_contacts;
      forall i in 1 .. t_contact_ids.count
         update erp.contacts c
            set c.id_crm = t_person_ids(i)
          where c.id = t_contact_ids(i)
            and decode(c.id_crm, t_person_ids(i), 0, 1) = 1;
   end store_person_ids;

   -- The CRM keeps the persons: without this they would come back as new contacts.
   procedure let_go(in_contact_ids in crm_ids_ct)
   is
   begin
      merge into crm_let_go_persons tgt
      using (
               select r.person_id, r.record_key
                 from crm_contact_records r
                where r.contact_id in (select /*+ cardinality(t 100) */ t.column_value from table(in_contact_ids) t)
                  and r.person_id is not null
            ) src
         on (tgt.person_id = src.person_id)
       when matched then
            update
               set tgt.record_key = src.record_key
       when not matched then
            insert (person_id, record_key)
            values (src.person_id, src.record_key);
   end let_go;

   -- Takes the ids of persons out of the ERP. A row that another session holds is left: crm_contact_records says what
   -- counts, and the id is overwritten when the contact has a person again.
   procedure clear_person_ids(in_contact_ids in crm_ids_ct)
   is
      cursor c_contacts is
         select c.id, r.person_id
           from crm_contact_records r
           join erp.contacts c
             on c.id = r.contact_id
            and c.id_crm = r.person_id
          where r.contact_id in (select /*+ cardinality(t 100) */ t.column_value from table(in_contact_ids) t)
            for update of c.id_crm skip locked;
      t_contact_ids crm_ids_ct;
      t_person_ids  crm_ids_ct;
   begin
      open c_contacts;
      fetch c_contacts bulk collect into t_contact_ids, t_person_ids;
      close c_contacts;
      -- asked again under the lock: the contact may have got another person before its row was locked
      forall i in 1 .. t_contact_ids.count
         update erp.contacts c
            set c.id_crm = null
          where c.id = t_contact_ids(i)
            and c.id_crm = t_person_ids(i);
   end clear_person_ids;

   -- A contact that went to another branch is added there now that it is gone here.
   procedure remove_contacts(
      in_event in crm_outbox_events%rowtype,
      in_steps in crm_outbox_events.steps%type
   )
   is
      t_contact_ids crm_ids_ct;
      t_record_keys crm_record_keys_ct;
      t_event_ids   crm_ids_ct;
      t_versions    crm_ids_ct;
   begin
      select s.contact_id
        bulk collect into t_contact_ids
        from json_table(
                in_event.steps, '$[*]'
                columns (
                   step       varchar2(10 char) path '$.step',
                   op         varchar2(10 char) path '$.op',
                   contact_id number            path '$.contact_id'
                )
             ) s
        join json_table(
                in_steps, '$[*]'
                columns (
                   step       varchar2(10 char) path '$.step',
                   contact_id number            path '$.contact_id',
                   is_done    varchar2(5 char)  path '$.done'
                )
             ) d
          on d.contact_id = s.contact_id
       where s.step = co_contact
         and s.op = co_remove
         and d.step = co_contact
         and d.is_done = co_true;
      if t_contact_ids.count = 0 then
         return;
      end if;
      clear_person_ids(in_contact_ids => t_contact_ids);
      let_go(in_contact_ids => t_contact_ids);
      forall i in 1 .. t_contact_ids.count
         delete from crm_contact_records r
          where r.contact_id = t_contact_ids(i);
      select distinct c.record_key
        bulk collect into t_record_keys
        from vw_crm_clients_contacts c
       where c.contact_id in (select /*+ cardinality(t 100) */ t.column_value from table(t_contact_ids) t);
      crm_outbox.append(
         in_record_keys => t_record_keys,
         in_origin      => crm_types.co_origin_moved,
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
   end remove_contacts;

   -- An attempt on these contacts ended without an answer.
   procedure doubt_contacts(
      in_event in crm_outbox_events%rowtype,
      in_steps in crm_outbox_events.steps%type
   )
   is
   begin
      merge into crm_contact_records tgt
      using (
               select s.contact_id, s.person_id, s.changed
                 from json_table(
                         in_event.steps, '$[*]'
                         columns (
                            step       varchar2(10 char)  path '$.step',
                            contact_id number             path '$.contact_id',
                            person_id  number             path '$.person_id',
                            changed    varchar2(4000) format json path '$.changed'
                         )
                      ) s
                where s.step = co_contact
                  and s.contact_id in (
                         select d.contact_id
                           from json_table(
                                   in_steps, '$[*]'
                                   columns (
                                      step       varchar2(10 char) path '$.step',
                                      contact_id number            path '$.contact_id',
                                      is_done    varchar2(5 char)  path '$.done'
                                   )
                                ) d
                          where d.step = co_contact
                            and d.is_done = co_false
                      )
            ) src
         on (tgt.contact_id = src.contact_id)
       when matched then
            update
               set tgt.is_in_doubt     = crm_types.co_yes,
                   tgt.doubtful_fields = src.changed
       when not matched then
            insert (contact_id, record_key, person_id, is_in_doubt, doubtful_fields)
            values (src.contact_id, in_event.record_key, src.person_id, crm_types.co_yes, src.changed);
   end doubt_contacts;

   procedure agree_budget(
      in_record_key in crm_records.record_key%type,
      in_value      in crm_records.agreed_budget%type
   )
   is
   begin
      update crm_records r
         set r.agreed_budget      = in_value,
             r.is_budget_in_doubt = crm_types.co_no,
             r.is_proposal_empty  = case when in_value is null then crm_types.co_yes else crm_types.co_no end
       where r.record_key = in_record_key;
      -- plsqlcheck: allow waiting-lock because the record's row, held since before, keeps others away
      update leads l
         set l.budget_value = in_value
       where l.id = (
                select r.crm_id
                  from crm_records r
                 where r.record_key = in_record_key
             )
         and decode(l.budget_value, in_value, 0, 1) = 1;
   end agree_budget;

   procedure agree_order(
      in_record_key in crm_records.record_key%type,
      in_value      in crm_records.agreed_order%type
   )
   is
   begin
      update crm_records r
         set r.agreed_order = in_value
       where r.record_key = in_record_key;
      -- plsqlcheck: allow waiting-lock because the record's row, held since before, keeps others away
      update leads l
         set l.order_value = in_value
       where l.id = (
                select r.crm_id
                  from crm_records r
                 where r.record_key = in_record_key
             )
         and decode(l.order_value, in_value, 0, 1) = 1;
   end agree_order;

   -- A wish that changed meanwhile stays.
   procedure agree_stage(
      in_record_key in crm_records.record_key%type,
      in_stage      in crm_records.agreed_stage%type
   )
   is
   begin
      update crm_records r
         set r.agreed_stage = in_stage,
             r.wanted_stage = nullif(r.wanted_stage, in_stage),
             r.ended_on     = null,
             r.end_reason   = null
       where r.record_key = in_record_key;
   end agree_stage;

   procedure agree_discard(
      in_record_key in crm_records.record_key%type,
      in_reason     in crm_records.end_reason%type
   )
   is
   begin
      update crm_records r
         set r.wanted_discard = null,
             r.wanted_stage   = null,
             r.agreed_stage   = (
                select min(s.name) keep (dense_rank first order by s.position)
                  from crm_stages s
             ),
             r.ended_on       = systimestamp,
             r.end_reason     = in_reason
       where r.record_key = in_record_key;
   end agree_discard;

   -- At most one row each of stage, budget, sale, discard.
   procedure settle_others(
      in_event in crm_outbox_events%rowtype,
      in_steps in crm_outbox_events.steps%type
   )
   is
   begin
      <<steps>>
      for r_step in (
         select s.step,
                to_number(s.step_value, '999999999999990.00', 'nls_numeric_characters=''.,''') as step_value,
                s.stage,
                s.reason,
                d.is_done
           from json_table(
                   in_event.steps, '$[*]'
                   columns (
                      step       varchar2(10 char)  path '$.step',
                      step_value varchar2(20 char)  path '$.value',
                      stage      varchar2(50 char)  path '$.stage',
                      reason     varchar2(200 char) path '$.reason'
                   )
                ) s
           join json_table(
                   in_steps, '$[*]'
                   columns (
                      step    varchar2(10 char) path '$.step',
                      is_done varchar2(5 char)  path '$.done'
                   )
                ) d
             on d.step = s.step
          where s.step <> co_contact
      ) loop
         if r_step.is_done = co_true then
            case r_step.step
               when 'budget' then
                  agree_budget(
                     in_record_key => in_event.record_key,
                     in_value      => r_step.step_value
                  );
               when 'sale' then
                  agree_order(
                     in_record_key => in_event.record_key,
                     in_value      => r_step.step_value
                  );
               when 'stage' then
                  agree_stage(
                     in_record_key => in_event.record_key,
                     in_stage      => r_step.stage
                  );
               else
                  agree_discard(
                     in_record_key => in_event.record_key,
                     in_reason     => r_step.reason
                  );
            end case;
         elsif r_step.step = 'budget' then
            -- between removing and adding: whatever the CRM holds, the value is sent again
            update crm_records r
               set r.is_budget_in_doubt = crm_types.co_yes
             where r.record_key = in_event.record_key;
         end if;
      end loop steps;
   end settle_others;

   procedure settle(
      in_event         in  crm_outbox_events%rowtype,
      in_outcome       in  crm_outbox_attempts.outcome%type,
      in_steps         in  crm_outbox_events.steps%type,
      out_is_lead_done out boolean,
      out_begun        out pls_integer,
      out_sent         out varchar2
   )
   is
      l_steps     json_element_t;
      l_lead_done pls_integer;
      l_lead_new  pls_integer;
   begin
      out_is_lead_done := false;
      out_sent         := null;
      out_begun        := 0;
      if in_steps is null then
         return;
      end if;
      -- not by ERROR ON ERROR of the table: it would cover fields that are absent, and a table without rows
      l_steps := json_element_t.parse(in_steps);
      if not l_steps.is_array then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'steps of event ' || in_event.event_id
         );
      end if;
      select count(case when d.step = 'lead' and d.is_done = co_true then 1 end),
             count(case when d.step = 'lead' and d.is_new = co_true then 1 end),
             count(case when d.step <> 'lead' then 1 end),
             max(case when d.step = 'lead' then d.sent end)
        into l_lead_done, l_lead_new, out_begun, out_sent
        from json_table(
                in_steps, '$[*]'
                columns (
                   step    varchar2(10 char) path '$.step',
                   is_done varchar2(5 char)  path '$.done',
                   is_new  varchar2(5 char)  path '$.is_new',
                   sent    varchar2(4000) format json path '$.sent'
                )
             ) d;
      out_is_lead_done := l_lead_done > 0;
      if l_lead_new > 0 then
         update crm_records r
            set r.is_proposal_empty = crm_types.co_yes
          where r.record_key = in_event.record_key;
      end if;
      if out_begun = 0 then
         return;
      end if;
      agree_contacts(
         in_event => in_event,
         in_steps => in_steps
      );
      store_person_ids(in_record_key => in_event.record_key);
      remove_contacts(
         in_event => in_event,
         in_steps => in_steps
      );
      if in_outcome = crm_types.co_in_doubt then
         doubt_contacts(
            in_event => in_event,
            in_steps => in_steps
         );
      end if;
      settle_others(
         in_event => in_event,
         in_steps => in_steps
      );
   exception
      when crm_err.e_json_syntax then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'steps of event ' || in_event.event_id
         );
   end settle;

   procedure keep_stage(in_record_keys in crm_record_keys_ct)
   is
   begin
      forall i in 1 .. in_record_keys.count
         update crm_records r
            set r.wanted_stage = (
                   select min(s.name) keep (dense_rank first order by s.position)
                     from crm_stages s
                    where s.position > 1
                      and (r.agreed_stage is null or s.name = r.agreed_stage)
                )
          where r.record_key = in_record_keys(i)
            and r.crm_id is not null
            and r.wanted_stage is null;
   end keep_stage;

   procedure note_stage(
      in_record_key in crm_records.record_key%type,
      in_stage      in crm_records.agreed_stage%type,
      in_end_reason in crm_records.end_reason%type default null
   )
   is
   begin
      update crm_records r
         set r.agreed_stage   = in_stage,
             r.wanted_stage   = case
                                   -- whose branch has left: a user brought the lead back, and where to
                                   when r.left_image is not null and exists (
                                           select null
                                             from crm_stages s
                                            where s.name = in_stage
                                              and s.position > 1
                                        )
                                   then null
                                   else nullif(r.wanted_stage, in_stage)
                                end,
             r.wanted_discard = case when in_end_reason is null then r.wanted_discard end,
             r.ended_on       = case when in_end_reason is not null then coalesce(r.ended_on, systimestamp) end,
             r.end_reason     = in_end_reason
       where r.record_key = in_record_key;
   end note_stage;

   procedure forget_proposals(in_inbox_ids in crm_ids_ct)
   is
   begin
      forall i in 1 .. in_inbox_ids.count
         update crm_records r
            set r.is_proposal_empty = crm_types.co_no
          where r.record_key = (
                   select e.record_key
                     from crm_inbox_events e
                    where e.inbox_id = in_inbox_ids(i)
                )
            and r.is_proposal_empty = crm_types.co_yes;
   end forget_proposals;

   procedure lose(in_record_keys in crm_record_keys_ct)
   is
   begin
      merge into crm_contact_records tgt
      using (
               select e.record_key, s.contact_id, s.person_id, s.changed
                 from crm_outbox_events e
                cross join json_table(
                         e.steps, '$[*]'
                         columns (
                            step       varchar2(10 char)  path '$.step',
                            contact_id number             path '$.contact_id',
                            person_id  number             path '$.person_id',
                            changed    varchar2(4000) format json path '$.changed'
                         )
                      ) s
                where e.record_key in (select /*+ cardinality(k 100) */ k.column_value from table(in_record_keys) k)
                  and e.status = 'INFLIGHT'
                  and s.step = co_contact
            ) src
         on (tgt.contact_id = src.contact_id)
       when matched then
            update
               set tgt.is_in_doubt     = crm_types.co_yes,
                   tgt.doubtful_fields = src.changed
       when not matched then
            insert (contact_id, record_key, person_id, is_in_doubt, doubtful_fields)
            values (src.contact_id, src.record_key, src.person_id, crm_types.co_yes, src.changed);
      update crm_records r
         set r.is_budget_in_doubt = crm_types.co_yes
       where r.record_key in (
                select e.record_key
                  from crm_outbox_events e
                 cross join json_table(
                          e.steps, '$[*]'
                          columns (step varchar2(10 char) path '$.step')
                       ) s
                 where e.record_key in (select /*+ cardinality(k 100) */ k.column_value from table(in_record_keys) k)
                   and e.status = 'INFLIGHT'
                   and s.step = 'budget'
             );
   end lose;

   procedure agree_contact(
      in_contact_id in crm_contact_records.contact_id%type,
      in_record_key in crm_contact_records.record_key%type,
      in_person_id  in crm_contact_records.person_id%type,
      in_image      in crm_contact_records.agreed_image%type
   )
   is
   begin
      merge into crm_contact_records tgt
      using (select in_contact_id as contact_id from dual) src
         on (tgt.contact_id = src.contact_id)
       when matched then
            update
               set tgt.record_key      = in_record_key,
                   tgt.person_id       = coalesce(in_person_id, tgt.person_id),
                   tgt.agreed_image    = in_image,
                   tgt.is_in_doubt     = crm_types.co_no,
                   tgt.doubtful_fields = null,
                   tgt.missing_on      = null,
                   tgt.agreed_on       = systimestamp
       when not matched then
            insert (contact_id, record_key, person_id, agreed_image, agreed_on)
            values (in_contact_id, in_record_key, in_person_id, in_image, systimestamp);
   exception
      when dup_val_on_index then
         crm_err.raise_error(
            in_number => crm_err.co_crm_id_taken,
            in_detail => 'person ' || in_person_id
         );
   end agree_contact;
   procedure let_go_person(
      in_person_id  in crm_let_go_persons.person_id%type,
      in_record_key in crm_let_go_persons.record_key%type
   )
   is
   begin
      merge into crm_let_go_persons tgt
      using (select in_person_id as person_id from dual) src
         on (tgt.person_id = src.person_id)
       when matched then
            update
               set tgt.record_key = in_record_key
       when not matched then
            insert (person_id, record_key)
            values (in_person_id, in_record_key);
   end let_go_person;

   procedure note_missing(
      in_record_key in  crm_contact_records.record_key%type,
      in_person_ids in  crm_ids_ct,
      in_seconds    in  number,
      out_ended_ids out crm_ids_ct,
      out_missing   out pls_integer
   )
   is
      t_contact_ids crm_ids_ct;
   begin
      select r.person_id, r.contact_id
        bulk collect into out_ended_ids, t_contact_ids
        from crm_contact_records r
       where r.record_key = in_record_key
         and r.person_id is not null
         and r.person_id not in (select /*+ cardinality(t 100) */ t.column_value from table(in_person_ids) t)
         and r.missing_on <= systimestamp - numtodsinterval(in_seconds, 'SECOND');
      clear_person_ids(in_contact_ids => t_contact_ids);
      -- the image stays: what the ERP does not change is not added again
      forall i in 1 .. out_ended_ids.count
         update crm_contact_records r
            set r.person_id       = null,
                r.missing_on      = null,
                r.is_in_doubt     = crm_types.co_no,
                r.doubtful_fields = null
          where r.person_id = out_ended_ids(i);
      update crm_contact_records r
         set r.missing_on = coalesce(r.missing_on, systimestamp)
       where r.record_key = in_record_key
         and r.person_id is not null
         and r.person_id not in (select /*+ cardinality(t 100) */ t.column_value from table(in_person_ids) t);
      out_missing := sql%rowcount;
   end note_missing;

   procedure forget_persons(in_record_key in crm_records.record_key%type)
   is
      cursor c_contacts is
         select c.id, k.person_id
           from crm_contact_records k
           join erp.contacts c
             on c.id = k.contact_id
            and c.id_crm = k.person_id
          where k.record_key = in_record_key
            for update of c.id_crm skip locked;
      t_contact_ids crm_ids_ct;
      t_person_ids  crm_ids_ct;
   begin
      open c_contacts;
      fetch c_contacts bulk collect into t_contact_ids, t_person_ids;
      close c_contacts;
      -- asked again under the lock: the contact may have got another person before its row was locked
      forall i in 1 .. t_contact_ids.count
         update erp.contacts c
            set c.id_crm = null
          where c.id = t_contact_ids(i)
            and c.id_crm = t_person_ids(i);
      update crm_contact_records k
         set k.person_id       = null,
             k.agreed_image    = null,
             k.missing_on      = null,
             k.is_in_doubt     = crm_types.co_no,
             k.doubtful_fields = null
       where k.record_key = in_record_key;
   end forget_persons;
end crm_steps;
/
