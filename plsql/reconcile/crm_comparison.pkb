create or replace package body crm_comparison
is
   type keys_by_state_type is table of crm_record_keys_ct index by varchar2(9 char);

   /** A lead of a page beside everything that is known of it. */
   type lead_type is record (
      crm_id          crm_records.crm_id%type,
      page_index      pls_integer,
      read_state      varchar2(64 char),
      record_key      crm_records.record_key%type,
      agreed_image    crm_records.agreed_image%type,
      document        clob,
      double_of       crm_records.record_key%type,
      is_known_taxid  crm_types.flag_type,
      is_mirrored     crm_types.flag_type,
      is_discarded    crm_types.flag_type,
      is_mirror_right crm_types.flag_type,
      is_busy         crm_types.flag_type,
      row_hash        varchar2(64 char),
      read_client     varchar2(20 char),
      agreed_hash     varchar2(64 char),
      client_code     crm_records.client_code%type,
      branch_code     crm_records.branch_code%type,
      is_same_row     crm_types.flag_type,
      is_same_agreed  crm_types.flag_type
   );
   type leads_type is table of lead_type index by pls_integer;

   function settled_before(in_read_on in timestamp with time zone) return timestamp with time zone
   is
   begin
      return in_read_on
             - numtodsinterval(crm_config.number_value(in_name => crm_config.co_run_margin_seconds), 'SECOND');
   end settled_before;

   -- Repeated once: two runs may look at a record for the first time in the same moment.
   procedure keep_once(
      in_run_id      in crm_sync_runs.run_id%type,
      in_record_keys in crm_record_keys_ct,
      in_state       in state_type,
      in_read_on     in timestamp with time zone
   )
   is
   begin
      merge into crm_record_proofs tgt
      using (
               select /*+ cardinality(k 100) */ distinct k.column_value as record_key
                 from table(in_record_keys) k
            ) src
         on (tgt.record_key = src.record_key)
       when matched then
            update
               set tgt.state     = in_state,
                   tgt.looked_on = systimestamp,
                   tgt.proven_on = case in_state when co_equal then in_read_on else tgt.proven_on end,
                   tgt.run_id    = in_run_id
       when not matched then
            insert (record_key, state, looked_on, proven_on, run_id)
            values (src.record_key, in_state, systimestamp, case in_state when co_equal then in_read_on end, in_run_id);
   end keep_once;

   procedure keep(
      in_run_id      in crm_sync_runs.run_id%type,
      in_record_keys in crm_record_keys_ct,
      in_state       in state_type,
      in_read_on     in timestamp with time zone
   )
   is
   begin
      keep_once(
         in_run_id      => in_run_id,
         in_record_keys => in_record_keys,
         in_state       => in_state,
         in_read_on     => in_read_on
      );
   exception
      when dup_val_on_index then
         keep_once(
            in_run_id      => in_run_id,
            in_record_keys => in_record_keys,
            in_state       => in_state,
            in_read_on     => in_read_on
         );
   end keep;

   -- A member of a document; a JSON null is empty, and so is a document that is not there.
   function member(
      in_document   in json_object_t,
      in_field_name in crm_types.field_name_type
   ) return varchar2
   is
   begin
      return case when in_document is not null then crm_fields.text_of(in_document, in_field_name) end;
   end member;

   function is_resting(
      in_record_key in crm_records.record_key%type,
      in_field_name in crm_types.field_name_type
   ) return boolean
   is
      l_open pls_integer;
   begin
      select count(*)
        into l_open
        from crm_conflicts c
       where c.record_key = in_record_key
         and c.field_name = in_field_name
         and c.status = 'OPEN';
      return l_open > 0;
   end is_resting;

   -- Field by field, for the few leads of a page that are not simply equal.
   procedure compare_fields(
      in_lead   in            lead_type,
      in_crm    in            json_object_t,
      io_result in out nocopy result_type
   )
   is
      co_erp    constant json_object_t := json_object_t.parse(in_lead.document);
      l_agreed  json_object_t;
      t_fields  json_array_t := json_array_t();
      l_outside boolean := false;
      l_read    boolean := false;
      l_is_news boolean;
   begin
      if in_lead.agreed_image is not null then
         l_agreed := json_object_t.parse(in_lead.agreed_image);
      end if;
      <<fields>>
      for r_policy in (
         select p.field_name, p.comparison
           from crm_field_policies p
          order by p.position
      ) loop
         if in_crm.has(r_policy.field_name)
            and crm_rules.differs(
                   in_comparison => r_policy.comparison,
                   in_left       => member(in_document => co_erp, in_field_name => r_policy.field_name),
                   in_right      => member(in_document => in_crm, in_field_name => r_policy.field_name)
                )
            and not is_resting(in_record_key => in_lead.record_key, in_field_name => r_policy.field_name)
         then
            l_is_news := crm_rules.differs(
                            in_comparison => r_policy.comparison,
                            in_left       => member(in_document => l_agreed, in_field_name => r_policy.field_name),
                            in_right      => member(in_document => in_crm, in_field_name => r_policy.field_name)
                         );
            if l_is_news and in_lead.is_mirrored = crm_types.co_no and l_agreed is not null then
               l_outside := true;
            elsif l_is_news or in_lead.is_same_agreed = crm_types.co_no then
               l_read := l_read or l_is_news and in_lead.is_mirrored = crm_types.co_yes;
               t_fields.append(r_policy.field_name);
            end if;
         end if;
      end loop fields;
      io_result.state := case
                            when t_fields.get_size > 0 or in_lead.is_mirror_right = crm_types.co_no then co_different
                            when l_outside then co_outside
                            else co_equal
                         end;
      if io_result.state = co_different then
         io_result.kind   := case when t_fields.get_size > 0 then co_differs else co_mirror end;
         io_result.fields := t_fields.to_string;
         io_result.action := case
                                when l_read or in_lead.is_mirror_right = crm_types.co_no then co_read
                                else co_send
                             end;
      end if;
   end compare_fields;

   function result_of(
      in_lead in lead_type,
      in_crm  in json_object_t
   ) return result_type
   is
      r_result result_type;
   begin
      r_result.item       := 'LEAD:' || in_lead.crm_id;
      r_result.entity     := co_lead;
      r_result.crm_id     := in_lead.crm_id;
      r_result.record_key := in_lead.record_key;
      r_result.read_state := in_lead.read_state;
      if in_lead.record_key is null then
         r_result.state := co_outside;
         if in_lead.double_of is not null and in_lead.is_discarded = crm_types.co_no then
            r_result.state      := co_different;
            r_result.kind       := co_double;
            r_result.action     := co_person;
            r_result.record_key := in_lead.double_of;
         elsif in_lead.is_mirrored = crm_types.co_yes and in_lead.is_known_taxid = crm_types.co_no then
            r_result.state  := co_different;
            r_result.kind   := co_missing_in_erp;
            r_result.action := co_convert;
         end if;
      elsif in_lead.is_busy = crm_types.co_yes then
         r_result.state := co_busy;
      elsif in_lead.is_same_row = crm_types.co_yes and in_lead.is_mirror_right = crm_types.co_yes then
         r_result.state := co_equal;
      elsif in_lead.document is null then
         r_result.state := co_outside;
         if in_lead.agreed_image is not null and in_lead.is_discarded = crm_types.co_no then
            r_result.state  := co_different;
            r_result.kind   := co_extra_in_crm;
            r_result.action := co_send;
         end if;
      else
         compare_fields(
            in_lead   => in_lead,
            in_crm    => in_crm,
            io_result => r_result
         );
      end if;
      return r_result;
   end result_of;

   -- The branch as it is now: one at a time by its key, whatever the statistics say. A join of the page with the view
   -- may read every branch of the ERP, and does so when the optimizer guesses the size of the page wrong. The document
   -- is made only of the few that are not simply equal.
   procedure read_branch(io_lead in out nocopy lead_type)
   is
      cursor c_hash is
         select c.row_hash
           from crm_client_rows_v c
          where c.client_code = io_lead.client_code
            and c.branch_code = io_lead.branch_code;
      cursor c_document is
         select c.document, c.row_hash
           from crm_client_rows_v c
          where c.client_code = io_lead.client_code
            and c.branch_code = io_lead.branch_code;
      l_row_hash crm_client_rows_v.row_hash%type;
   begin
      open c_hash;
      fetch c_hash into l_row_hash;
      close c_hash;
      if l_row_hash = io_lead.row_hash and to_char(io_lead.client_code) = io_lead.read_client then
         io_lead.is_same_row := crm_types.co_yes;
         if io_lead.is_mirror_right = crm_types.co_yes then
            return;
         end if;
      else
         io_lead.is_same_row := crm_types.co_no;
      end if;
      if l_row_hash is not null then
         open c_document;
         fetch c_document into io_lead.document, l_row_hash;
         close c_document;
      end if;
      io_lead.is_same_agreed := case
                                   when l_row_hash = io_lead.agreed_hash then crm_types.co_yes
                                   else crm_types.co_no
                                end;
   end read_branch;

   -- What is known of the leads of a page; equal rows are told by the canonical hash.
   procedure read_page(
      in_leads          in  clob,
      in_settled_before in  timestamp with time zone,
      out_leads         out leads_type
   )
   is
   begin
      select /*+ cardinality(j 500) */
             j.crm_id,
             j.page_index,
             lower(rawtohex(standard_hash(
                j.row_hash || chr(31) || j.client_code || chr(31) || j.stage || chr(31) || j.read_version, 'SHA256'
             ))) as read_state,
             r.record_key,
             r.agreed_image,
             null as document,
             case
                when r.record_key is null then (
                   select min(w.record_key)
                     from erp.branches b
                     join crm_records w
                       on w.client_code = b.client_code
                      and w.branch_code = b.code
                    where b.taxid = j.taxid
                      and b.integrate_crm = crm_types.co_yes
                      and w.crm_id is not null
                )
             end as double_of,
             case
                when r.record_key is null
                 and exists (
                        select null
                          from erp.branches b
                         where b.taxid = j.taxid
                           and b.integrate_crm = crm_types.co_yes
                     ) then crm_types.co_yes
                else crm_types.co_no
             end as is_known_taxid,
             coalesce(s.is_mirrored, crm_types.co_no) as is_mirrored,
             case
                when s.position = (
                        select min(f.position)
                          from crm_stages f
                     ) then crm_types.co_yes
                else crm_types.co_no
             end as is_discarded,
             case
                when s.is_mirrored = crm_types.co_yes and l.stage = s.name and l.ended_on is null
                  or coalesce(s.is_mirrored, crm_types.co_no) = crm_types.co_no
                     and (l.id is null or l.ended_on is not null) then crm_types.co_yes
                else crm_types.co_no
             end as is_mirror_right,
             case
                when a.is_leased = crm_types.co_yes
                  or a.is_waiting = crm_types.co_yes
                  or a.last_activity_on >= in_settled_before then crm_types.co_yes
                else crm_types.co_no
             end as is_busy,
             j.row_hash,
             j.client_code as read_client,
             lower(rawtohex(r.agreed_hash)) as agreed_hash,
             r.client_code,
             r.branch_code,
             null as is_same_row,
             null as is_same_agreed
        bulk collect into out_leads
        from (
                select t.crm_id,
                       t.page_index,
                       t.taxid,
                       t.client_code,
                       trim(replace(compose(t.stage), to_char(unistr('\00A0')), ' ')) as stage,
                       t.read_version,
                       lower(rawtohex(standard_hash(
                          t.taxid || chr(31)
                          || t.name || chr(31)
                          || t.tax_registration || chr(31)
                          || t.industry || chr(31)
                          || t.phone || chr(31)
                          || t.address_street || chr(31)
                          || t.address_number || chr(31)
                          || t.address_complement || chr(31)
                          || t.address_district || chr(31)
                          || t.address_zipcode || chr(31)
                          || t.city || chr(31)
                          || t.state || chr(31)
                          || t.sales_rep || chr(31)
                          || t.financial_analysis || chr(31),
                          'SHA256'
                       ))) as row_hash
                  from json_table(
                          in_leads, '$[*]'
                          columns (
                             page_index         for ordinality,
                             crm_id             number              path '$.crm_id',
                             read_version       varchar2(100 char)  path '$.read_version',
                             stage              varchar2(200 char)  path '$.stage',
                             taxid              varchar2(20 char)   path '$.taxid',
                             client_code        varchar2(20 char)   path '$.client_code',
                             name               varchar2(400 char)  path '$.name',
                             tax_registration   varchar2(100 char)  path '$.tax_registration',
                             industry           varchar2(400 char)  path '$.industry',
                             phone              varchar2(100 char)  path '$.phone',
                             address_street     varchar2(400 char)  path '$.address_street',
                             address_number     varchar2(100 char)  path '$.address_number',
                             address_complement varchar2(400 char)  path '$.address_complement',
                             address_district   varchar2(400 char)  path '$.address_district',
                             address_zipcode    varchar2(20 char)   path '$.address_zipcode',
                             city               varchar2(200 char)  path '$.city',
                             state              varchar2(10 char)   path '$.state',
                             sales_rep          varchar2(20 char)   path '$.sales_rep',
                             financial_analysis varchar2(1000 char) path '$.financial_analysis'
                          )
                       ) t
             ) j
        left join crm_records r
          on r.crm_id = j.crm_id
        left join crm_record_activity_v a
          on a.record_key = r.record_key
        left join crm_stages s
          on s.name = j.stage
        left join leads l
          on l.id = j.crm_id
       order by j.crm_id;
   end read_page;

   procedure compare_leads(
      in_run_id   in  crm_sync_runs.run_id%type,
      in_leads    in  clob,
      in_read_on  in  timestamp with time zone,
      out_results out results_type
   )
   is
      t_leads leads_type;
      t_keys  keys_by_state_type;
      l_state state_type;
      l_page  json_array_t;
      l_crm   json_object_t;
   begin
      read_page(
         in_leads          => in_leads,
         in_settled_before => settled_before(in_read_on => in_read_on),
         out_leads         => t_leads
      );
      t_keys(co_equal)     := crm_record_keys_ct();
      t_keys(co_different) := crm_record_keys_ct();
      t_keys(co_outside)   := crm_record_keys_ct();
      <<page>>
      for i in 1 .. t_leads.count loop
         if t_leads(i).crm_id is null then
            crm_err.raise_error(
               in_number => crm_err.co_invalid_json,
               in_detail => 'leads with crm_id'
            );
         end if;
         l_crm := null;
         if t_leads(i).record_key is not null and t_leads(i).is_busy = crm_types.co_no then
            read_branch(io_lead => t_leads(i));
            if t_leads(i).document is not null then
               if l_page is null then
                  l_page := json_array_t.parse(in_leads);
               end if;
               l_crm := treat(l_page.get(t_leads(i).page_index - 1) as json_object_t);
            end if;
         end if;
         out_results(i) := result_of(
            in_lead => t_leads(i),
            in_crm  => l_crm
         );
         l_state := out_results(i).state;
         -- of a double nothing is known about the record itself
         if t_leads(i).record_key is not null and l_state <> co_busy then
            t_keys(l_state).extend;
            t_keys(l_state)(t_keys(l_state).count) := t_leads(i).record_key;
         end if;
      end loop page;
      l_state := t_keys.first;
      <<states>>
      while l_state is not null loop
         keep(
            in_run_id      => in_run_id,
            in_record_keys => t_keys(l_state),
            in_state       => l_state,
            in_read_on     => in_read_on
         );
         l_state := t_keys.next(l_state);
      end loop states;
   end compare_leads;

   procedure compare_missing(
      in_run_id   in  crm_sync_runs.run_id%type,
      in_ids      in  varchar2,
      out_results out results_type
   )
   is
      t_record_keys crm_record_keys_ct := crm_record_keys_ct();
      r_result      result_type;
   begin
      <<missing>>
      for r_missing in (
         select r.record_key, r.crm_id
           from json_table(in_ids, '$[*]' columns (id number path '$')) j
           join crm_records r
             on r.crm_id = j.id
           join crm_record_activity_v a
             on a.record_key = r.record_key
            and a.is_leased = crm_types.co_no
            and a.is_waiting = crm_types.co_no
          order by r.crm_id
      ) loop
         r_result            := null;
         r_result.item       := 'LEAD:' || r_missing.crm_id;
         r_result.entity     := co_lead;
         r_result.state      := co_different;
         r_result.kind       := co_missing_in_crm;
         r_result.action     := co_renew;
         r_result.record_key := r_missing.record_key;
         r_result.crm_id     := r_missing.crm_id;
         r_result.read_state := 'missing';
         out_results(out_results.count + 1) := r_result;
         t_record_keys.extend;
         t_record_keys(t_record_keys.count) := r_missing.record_key;
      end loop missing;
      keep(
         in_run_id      => in_run_id,
         in_record_keys => t_record_keys,
         in_state       => co_different,
         in_read_on     => systimestamp
      );
   end compare_missing;

   procedure compare_unsent(
      in_after    in  number,
      in_to       in  number,
      out_results out results_type
   )
   is
      r_result result_type;
   begin
      <<unsent>>
      for r_unsent in (
         select v.record_key,
                (
                   select count(*)
                     from crm_outbox_events e
                    where e.record_key = v.record_key
                      and e.status = 'PARKED'
                ) as parked
           from crm_client_rows_v v
          where v.client_code > in_after
            and v.client_code <= in_to
            and not exists (
                   select null
                     from crm_records r
                    where r.record_key = v.record_key
                      and r.crm_id is not null
                )
            and not exists (
                   select null
                     from crm_outbox_events e
                    where e.record_key = v.record_key
                      and e.status in ('READY', 'INFLIGHT')
                )
          order by v.client_code, v.branch_code
      ) loop
         r_result            := null;
         r_result.item       := 'RECORD:' || r_unsent.record_key;
         r_result.entity     := co_lead;
         r_result.state      := co_different;
         r_result.kind       := co_missing_in_crm;
         r_result.action     := case r_unsent.parked when 0 then co_send else co_person end;
         r_result.record_key := r_unsent.record_key;
         out_results(out_results.count + 1) := r_result;
      end loop unsent;
   end compare_unsent;

   function is_touched(
      in_record_key in crm_records.record_key%type,
      in_read_on    in timestamp with time zone
   ) return boolean
   is
      co_settled_before constant timestamp with time zone := settled_before(in_read_on => in_read_on);
      l_touched pls_integer;
   begin
      select count(*)
        into l_touched
        from crm_record_activity_v a
       where a.record_key = in_record_key
         and (a.is_waiting = crm_types.co_yes or a.last_activity_on >= co_settled_before);
      return l_touched > 0;
   end is_touched;
end crm_comparison;
/
