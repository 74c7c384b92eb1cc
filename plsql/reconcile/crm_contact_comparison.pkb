create or replace package body crm_contact_comparison
is
   type ids_by_state_type is table of crm_ids_ct index by varchar2(9 char);

   -- Repeated once: two runs may look at a contact for the first time in the same moment.
   procedure keep_once(
      in_run_id      in crm_sync_runs.run_id%type,
      in_contact_ids in crm_ids_ct,
      in_state       in crm_comparison.state_type,
      in_read_on     in timestamp with time zone
   )
   is
   begin
      merge into crm_contact_proofs tgt
      using (
               select /*+ cardinality(k 100) */ distinct k.column_value as contact_id
                 from table(in_contact_ids) k
            ) src
         on (tgt.contact_id = src.contact_id)
       when matched then
            update
               set tgt.state     = in_state,
                   tgt.looked_on = systimestamp,
                   tgt.proven_on = case in_state when crm_comparison.co_equal then in_read_on else tgt.proven_on end,
                   tgt.run_id    = in_run_id
       when not matched then
            insert (contact_id, state, looked_on, proven_on, run_id)
            values (
               src.contact_id, in_state, systimestamp,
               case in_state when crm_comparison.co_equal then in_read_on end, in_run_id
            );
   end keep_once;

   procedure keep_contacts(
      in_run_id      in crm_sync_runs.run_id%type,
      in_contact_ids in crm_ids_ct,
      in_state       in crm_comparison.state_type,
      in_read_on     in timestamp with time zone
   )
   is
   begin
      keep_once(
         in_run_id      => in_run_id,
         in_contact_ids => in_contact_ids,
         in_state       => in_state,
         in_read_on     => in_read_on
      );
   exception
      when dup_val_on_index then
         keep_once(
            in_run_id      => in_run_id,
            in_contact_ids => in_contact_ids,
            in_state       => in_state,
            in_read_on     => in_read_on
         );
   end keep_contacts;

   -- The five values of a contact or person, under their neutral names.
   function fields_of(
      in_name       in varchar2 default null,
      in_email      in varchar2 default null,
      in_phone      in varchar2 default null,
      in_job_title  in varchar2 default null,
      in_is_primary in varchar2 default null
   ) return crm_types.fields_type
   is
      t_fields crm_types.fields_type;
   begin
      t_fields('name')       := in_name;
      t_fields('email')      := in_email;
      t_fields('phone')      := in_phone;
      t_fields('job_title')  := in_job_title;
      t_fields('is_primary') := in_is_primary;
      return t_fields;
   end fields_of;

   function fields_of_image(in_image in crm_contact_records.agreed_image%type) return crm_types.fields_type
   is
      l_image json_object_t;
   begin
      if in_image is null then
         return fields_of;
      end if;
      l_image := json_object_t.parse(in_image);
      return fields_of(
         in_name       => crm_fields.text_of(l_image, 'name'),
         in_email      => crm_fields.text_of(l_image, 'email'),
         in_phone      => crm_fields.text_of(l_image, 'phone'),
         in_job_title  => crm_fields.text_of(l_image, 'job_title'),
         in_is_primary => crm_fields.text_of(l_image, 'is_primary')
      );
   end fields_of_image;

   -- JSON array of the fields that differ in the form in which the ERP holds them: what it must cut is no difference.
   function differing(
      in_left  in crm_types.fields_type,
      in_right in crm_types.fields_type
   ) return varchar2
   is
      t_fields json_array_t := json_array_t();
   begin
      <<fields>>
      for r_policy in (
         select p.field_name, p.comparison
           from crm_contact_policies p
          order by p.position
      ) loop
         if crm_rules.differs(
               in_comparison => r_policy.comparison,
               in_left       => crm_contact_match.erp_form(
                  in_field_name => r_policy.field_name,
                  in_value      => in_left(r_policy.field_name)
               ),
               in_right      => crm_contact_match.erp_form(
                  in_field_name => r_policy.field_name,
                  in_value      => in_right(r_policy.field_name)
               )
            )
         then
            t_fields.append(r_policy.field_name);
         end if;
      end loop fields;
      return t_fields.to_string;
   end differing;

   procedure compare_persons(
      in_run_id   in  crm_sync_runs.run_id%type,
      in_persons  in  clob,
      in_read_on  in  timestamp with time zone,
      out_results out crm_comparison.results_type
   )
   is
      co_settled_before constant timestamp with time zone := crm_comparison.settled_before(in_read_on => in_read_on);
      t_ids    ids_by_state_type;
      t_person crm_types.fields_type;
      r_result crm_comparison.result_type;
      l_state  crm_comparison.state_type;
      l_news   varchar2(200 char);
      l_fields crm_sync_findings.fields%type;
   begin
      t_ids(crm_comparison.co_equal)     := crm_ids_ct();
      t_ids(crm_comparison.co_different) := crm_ids_ct();
      t_ids(crm_comparison.co_outside)   := crm_ids_ct();
      <<page>>
      for r_person in (
         select /*+ cardinality(j 500) */
                j.person_id,
                j.crm_id,
                r.record_key,
                k.contact_id,
                case
                   when a.is_leased = crm_types.co_yes
                     or a.is_waiting = crm_types.co_yes
                     or a.last_activity_on >= co_settled_before then crm_types.co_yes
                   else crm_types.co_no
                end as is_busy,
                -- persons come in from leads that are mirrored
                case when l.id is not null and l.ended_on is null then crm_types.co_yes else crm_types.co_no
                end as is_mirrored,
                j.name,
                j.email,
                j.phone,
                j.job_title,
                j.is_primary,
                case
                   when decode(j.name, c.name, 0, 1) = 0
                    and decode(j.email, c.email, 0, 1) = 0
                    and decode(j.phone, c.phone, 0, 1) = 0
                    and decode(j.job_title, c.job_title, 0, 1) = 0
                    and decode(j.is_primary, c.is_primary, 0, 1) = 0 then crm_types.co_yes
                   else crm_types.co_no
                end as is_same,
                c.name as erp_name,
                c.email as erp_email,
                c.phone as erp_phone,
                c.job_title as erp_job_title,
                c.is_primary as erp_is_primary,
                k.agreed_image,
                c.contact_id as erp_contact_id,
                case when g.person_id is not null then crm_types.co_yes else crm_types.co_no end as is_let_go,
                -- the same values again, after they were settled in between, are another edit
                lower(rawtohex(standard_hash(
                   j.read_state || chr(31) || to_char(sys_extract_utc(k.agreed_on), 'YYYYMMDDHH24MISSFF6'), 'SHA256'
                ))) as read_state,
                -- persons go the way of their lead, when its branch takes no part any more or the run misses it
                case
                   when b.code is null
                     or exists (
                           select null
                             from crm_sync_findings f
                            where f.run_id = in_run_id
                              and f.item = 'LEAD:' || j.crm_id
                              and f.kind = crm_comparison.co_missing_in_crm
                        ) then crm_types.co_no
                   else crm_types.co_yes
                end as is_for_itself
           from (
                   select t.person_id,
                          t.crm_id,
                          t.name,
                          t.email,
                          t.phone,
                          t.job_title,
                          t.is_primary,
                          lower(rawtohex(standard_hash(
                             t.name || chr(31) || t.email || chr(31) || t.phone || chr(31) || t.job_title || chr(31)
                             || t.is_primary,
                             'SHA256'
                          ))) as read_state
                     from json_table(
                             in_persons, '$[*]'
                             columns (
                                person_id  number             path '$.person_id',
                                crm_id     number             path '$.crm_id',
                                name       varchar2(400 char) path '$.name',
                                email      varchar2(400 char) path '$.email',
                                phone      varchar2(100 char) path '$.phone',
                                job_title  varchar2(400 char) path '$.job_title',
                                is_primary varchar2(1 char)   path '$.is_primary'
                             )
                          ) t
                ) j
           left join crm_records r
             on r.crm_id = j.crm_id
           left join erp.branches b
             on b.client_code = r.client_code
            and b.code = r.branch_code
            and b.integrate_crm = crm_types.co_yes
           left join crm_record_activity_v a
             on a.record_key = r.record_key
           left join leads l
             on l.id = j.crm_id
           left join crm_contact_records k
             on k.person_id = j.person_id
           left join crm_contact_rows_v c
             on c.contact_id = k.contact_id
           left join crm_let_go_persons g
             on g.person_id = j.person_id
          order by j.person_id
      ) loop
         r_result            := null;
         r_result.item       := 'PERSON:' || r_person.person_id;
         r_result.entity     := crm_comparison.co_contact;
         r_result.record_key := r_person.record_key;
         r_result.crm_id     := r_person.crm_id;
         r_result.contact_id := r_person.contact_id;
         r_result.person_id  := r_person.person_id;
         r_result.read_state := r_person.read_state;
         l_news              := '[]';
         l_fields            := '[]';
         if r_person.is_same = crm_types.co_no and r_person.record_key is not null then
            t_person := fields_of(
               in_name       => r_person.name,
               in_email      => r_person.email,
               in_phone      => r_person.phone,
               in_job_title  => r_person.job_title,
               in_is_primary => r_person.is_primary
            );
            l_fields := differing(
               in_left  => t_person,
               in_right => fields_of(
                  in_name       => r_person.erp_name,
                  in_email      => r_person.erp_email,
                  in_phone      => r_person.erp_phone,
                  in_job_title  => r_person.erp_job_title,
                  in_is_primary => r_person.erp_is_primary
               )
            );
            l_news := differing(
               in_left  => t_person,
               in_right => fields_of_image(in_image => r_person.agreed_image)
            );
         end if;
         r_result.state := case
                              when r_person.record_key is null or r_person.is_for_itself = crm_types.co_no
                              then crm_comparison.co_outside
                              when r_person.is_busy = crm_types.co_yes then crm_comparison.co_busy
                              -- its contact was deleted in the ERP, and it does not come back
                              when r_person.is_let_go = crm_types.co_yes then crm_comparison.co_outside
                              when r_person.contact_id is null then
                                 case r_person.is_mirrored
                                    when crm_types.co_yes then crm_comparison.co_different
                                    else crm_comparison.co_outside
                                 end
                              -- gone from the ERP: what becomes of the person is a step of the record's next change
                              when r_person.erp_contact_id is null then crm_comparison.co_different
                              when l_fields = '[]' then crm_comparison.co_equal
                              when l_news <> '[]' and r_person.is_mirrored = crm_types.co_no then
                                 crm_comparison.co_outside
                              else crm_comparison.co_different
                           end;
         if r_result.state = crm_comparison.co_busy
            and r_person.is_mirrored = crm_types.co_yes
            and r_person.is_let_go = crm_types.co_no
            and l_news <> '[]'
         then
            r_result.action := crm_comparison.co_read;
         end if;
         if r_result.state = crm_comparison.co_different then
            r_result.fields := case when r_person.contact_id is not null then l_fields end;
            r_result.kind   := case
                                  when r_person.contact_id is null then crm_comparison.co_missing_in_erp
                                  when r_person.erp_contact_id is null then crm_comparison.co_extra_in_crm
                                  else crm_comparison.co_differs
                               end;
            r_result.action := case
                                  when r_person.erp_contact_id is null and r_person.contact_id is not null then
                                     crm_comparison.co_send
                                  when l_news <> '[]' then crm_comparison.co_read
                                  else crm_comparison.co_send
                               end;
         end if;
         out_results(out_results.count + 1) := r_result;
         if r_person.contact_id is not null and r_result.state <> crm_comparison.co_busy then
            l_state := r_result.state;
            t_ids(l_state).extend;
            t_ids(l_state)(t_ids(l_state).count) := r_person.contact_id;
         end if;
      end loop page;
      l_state := t_ids.first;
      <<states>>
      while l_state is not null loop
         keep_contacts(
            in_run_id      => in_run_id,
            in_contact_ids => t_ids(l_state),
            in_state       => l_state,
            in_read_on     => in_read_on
         );
         l_state := t_ids.next(l_state);
      end loop states;
   end compare_persons;

   procedure compare_missing(
      in_run_id   in  crm_sync_runs.run_id%type,
      in_ids      in  varchar2,
      out_results out crm_comparison.results_type
   )
   is
      r_result crm_comparison.result_type;
   begin
      <<missing>>
      for r_missing in (
         select k.record_key, r.crm_id, k.contact_id, k.person_id
           from json_table(in_ids, '$[*]' columns (id number path '$')) j
           join crm_contact_records k
             on k.person_id = j.id
           join crm_records r
             on r.record_key = k.record_key
           join erp.branches b
             on b.client_code = r.client_code
            and b.code = r.branch_code
            and b.integrate_crm = crm_types.co_yes
           join crm_record_activity_v a
             on a.record_key = r.record_key
            and a.is_leased = crm_types.co_no
            and a.is_waiting = crm_types.co_no
          where not exists (
                   select null
                     from crm_sync_findings f
                    where f.run_id = in_run_id
                      and f.item = 'LEAD:' || r.crm_id
                      and f.kind = crm_comparison.co_missing_in_crm
                )
          order by k.person_id
      ) loop
         r_result            := null;
         r_result.item       := 'PERSON:' || r_missing.person_id;
         r_result.entity     := crm_comparison.co_contact;
         r_result.state      := crm_comparison.co_different;
         r_result.kind       := crm_comparison.co_missing_in_crm;
         r_result.action     := crm_comparison.co_read;
         r_result.record_key := r_missing.record_key;
         r_result.crm_id     := r_missing.crm_id;
         r_result.contact_id := r_missing.contact_id;
         r_result.person_id  := r_missing.person_id;
         r_result.read_state := 'missing';
         out_results(out_results.count + 1) := r_result;
      end loop missing;
   end compare_missing;
end crm_contact_comparison;
/
