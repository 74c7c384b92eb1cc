create or replace package body crm_conversion
is
   co_cpf_length  constant pls_integer := 11;
   co_cnpj_length constant pls_integer := 14;

   /** What the lead says, in the codes of the ERP. */
   type branch_type is record (
      client_code erp.branches.client_code%type,
      branch_code erp.branches.code%type,
      taxid       erp.branches.taxid%type,
      city_id     erp.branches.city_id%type,
      sales_rep   erp.branches.sales_rep%type,
      industry_id erp.branches.industry_id%type
   );

   function form_of(
      in_fields     in crm_types.fields_type,
      in_field_name in crm_types.field_name_type
   ) return varchar2
   is
   begin
      return crm_rules.canonical(
                in_text => crm_fields.value_of(in_fields => in_fields, in_field_name => in_field_name)
             );
   end form_of;

   -- By name without accents and case, within the state; null when not exactly one is meant.
   function city_id_of(
      in_city  in varchar2,
      in_state in varchar2
   ) return number
   is
      l_city_id erp.cities.id%type;
      l_cities  pls_integer;
   begin
      select min(c.id), count(*)
        into l_city_id, l_cities
        from erp.cities c
       where c.state_code = upper(in_state)
         and nlssort(c.name, 'NLS_SORT=BINARY_AI') = nlssort(in_city, 'NLS_SORT=BINARY_AI');
      return case when l_cities = 1 then l_city_id end;
   end city_id_of;

   function industry_id_of(in_industry in varchar2) return number
   is
      l_industry_id erp.industries.id%type;
   begin
      select min(i.id)
        into l_industry_id
        from erp.industries i
       where nlssort(i.description, 'NLS_SORT=BINARY_AI') = nlssort(in_industry, 'NLS_SORT=BINARY_AI');
      return l_industry_id;
   end industry_id_of;

   -- The rep of the lead, or the default one; null when the ERP knows neither.
   function sales_rep_of(in_sales_rep in varchar2) return number
   is
      co_default  constant crm_settings.value%type := crm_config.text_value(
         in_name => crm_config.co_sales_rep_default
      );
      l_sales_rep erp.sales_reps.code%type;
   begin
      select max(s.code) keep (dense_rank first order by case to_char(s.code) when in_sales_rep then 1 else 2 end)
        into l_sales_rep
        from erp.sales_reps s
       where to_char(s.code) in (in_sales_rep, co_default);
      return l_sales_rep;
   end sales_rep_of;

   procedure create_client(
      in_crm_id in crm_records.crm_id%type,
      in_branch in branch_type,
      in_fields in crm_types.fields_type
   )
   is
      co_name         constant erp.clients.name%type := form_of(in_fields => in_fields, in_field_name => 'name');
      co_analysis     constant crm_types.value_type := form_of(
         in_fields     => in_fields,
         in_field_name => 'financial_analysis'
      );
      co_street       constant crm_types.value_type := form_of(
         in_fields     => in_fields,
         in_field_name => 'address_street'
      );
      co_number       constant crm_types.value_type := form_of(
         in_fields     => in_fields,
         in_field_name => 'address_number'
      );
      co_complement   constant crm_types.value_type := form_of(
         in_fields     => in_fields,
         in_field_name => 'address_complement'
      );
      co_district     constant crm_types.value_type := form_of(
         in_fields     => in_fields,
         in_field_name => 'address_district'
      );
      co_zipcode      constant crm_types.value_type := form_of(
         in_fields     => in_fields,
         in_field_name => 'address_zipcode'
      );
      co_registration constant crm_types.value_type := form_of(
         in_fields     => in_fields,
         in_field_name => 'tax_registration'
      );
      co_phone        constant crm_types.value_type := form_of(
         in_fields     => in_fields,
         in_field_name => 'phone'
      );
      co_person_type  constant erp.clients.person_type%type := case length(in_branch.taxid)
                                                                  when co_cpf_length then 'F'
                                                                  else 'J'
                                                               end;
      co_any_street   constant crm_types.value_type := coalesce(
         co_street,
         crm_config.text_value(in_name => crm_config.co_conversion_street)
      );
      co_credit_limit constant number := crm_config.number_value(in_name => crm_config.co_default_credit_limit);
   begin
      insert into erp.clients (code, name, person_type)
      values (in_branch.client_code, co_name, co_person_type);
      insert into erp.branches (
         client_code, code, taxid, tax_registration, address_street, address_number, address_complement,
         address_district, address_zipcode, city_id, phone, sales_rep, industry_id, integrate_crm, id_crm, updated_on
      ) values (
         in_branch.client_code, in_branch.branch_code, in_branch.taxid, co_registration, co_street, co_number,
         co_complement, co_district, co_zipcode, in_branch.city_id, co_phone, in_branch.sales_rep,
         in_branch.industry_id, crm_types.co_yes, in_crm_id, sysdate
      );
      insert into erp.billing_addresses (
         client_code, branch_code, address_street, address_number, address_complement, address_district,
         address_zipcode, city_id
      ) values (
         in_branch.client_code, in_branch.branch_code, co_any_street, co_number, co_complement, co_district,
         co_zipcode, in_branch.city_id
      );
      if in_branch.sales_rep is not null then
         insert into erp.sales_rep_branches (client_code, branch_code, sales_rep, is_main)
         values (in_branch.client_code, in_branch.branch_code, in_branch.sales_rep, crm_types.co_yes);
      end if;
      if in_branch.industry_id is not null then
         insert into erp.client_industries (client_code, industry_id, is_main)
         values (in_branch.client_code, in_branch.industry_id, crm_types.co_yes);
      end if;
      if co_analysis is not null then
         insert into erp.credit_limit_history (client_code, branch_code, changed_on, credit_limit, financial_analysis)
         values (in_branch.client_code, in_branch.branch_code, sysdate, co_credit_limit, co_analysis);
      end if;
   end create_client;

   -- The branch that has the tax id already, whatever its punctuation.
   procedure link_known(
      in_taxid       in  erp.branches.taxid%type,
      in_crm_id      in  crm_records.crm_id%type,
      out_record_key out crm_records.record_key%type,
      out_refusal    out crm_inbox_events.detail%type
   )
   is
      cursor c_known is
         select b.client_code, b.code, b.id_crm
           from erp.branches b
          where b.taxid = in_taxid
            for update of b.id_crm nowait;
      r_known c_known%rowtype;
      l_key   crm_records.record_key%type;
   begin
      open c_known;
      fetch c_known into r_known;
      if c_known%found then
         l_key := r_known.client_code || '-' || r_known.code;
         if r_known.id_crm <> in_crm_id then
            out_refusal := 'the branch with this tax id, ' || l_key || ', is another lead: ' || r_known.id_crm;
         else
            out_record_key := l_key;
            crm_origin.begin_apply(in_record_key => l_key);
            update erp.branches b
               set b.id_crm        = in_crm_id,
                   b.integrate_crm = crm_types.co_yes
             where b.client_code = r_known.client_code
               and b.code = r_known.code;
         end if;
      end if;
      close c_known;
   end link_known;

   procedure convert(
      in_crm_id      in  crm_records.crm_id%type,
      in_fields      in  crm_types.fields_type,
      out_record_key out crm_records.record_key%type,
      out_refusal    out crm_inbox_events.detail%type
   )
   is
      co_taxid constant crm_types.value_type := regexp_replace(
         upper(form_of(in_fields => in_fields, in_field_name => 'taxid')),
         '[^0-9A-Z]'
      );
      co_city  constant crm_types.value_type := form_of(in_fields => in_fields, in_field_name => 'city');
      r_branch branch_type;
   begin
      if co_taxid is null or length(co_taxid) not in (co_cpf_length, co_cnpj_length) then
         out_refusal := 'a converted lead needs a CNPJ or a CPF';
         return;
      end if;
      if form_of(in_fields => in_fields, in_field_name => 'name') is null then
         out_refusal := 'a converted lead needs a name';
         return;
      end if;
      link_known(
         in_taxid       => co_taxid,
         in_crm_id      => in_crm_id,
         out_record_key => out_record_key,
         out_refusal    => out_refusal
      );
      if out_refusal is not null then
         return;
      elsif out_record_key is null and not crm_rules.is_valid_taxid(in_taxid => co_taxid) then
         out_refusal := 'the check digits of the CNPJ or CPF are wrong';
         return;
      end if;
      if out_record_key is null then
         r_branch.city_id := city_id_of(
            in_city  => co_city,
            in_state => form_of(in_fields => in_fields, in_field_name => 'state')
         );
         -- without it the next delivery would empty the city, and with it the address, that a user wrote in the CRM
         if co_city is not null and r_branch.city_id is null then
            out_refusal := 'the ERP does not know the city of the lead within its state, or knows several of this name';
            return;
         end if;
         r_branch.taxid       := co_taxid;
         r_branch.client_code := erp.clients_code_seq.nextval;
         r_branch.branch_code := crm_config.number_value(in_name => crm_config.co_conversion_branch_code);
         r_branch.sales_rep   := sales_rep_of(
            in_sales_rep => form_of(in_fields => in_fields, in_field_name => 'sales_rep')
         );
         r_branch.industry_id := industry_id_of(
            in_industry => form_of(in_fields => in_fields, in_field_name => 'industry')
         );
         out_record_key := r_branch.client_code || '-' || r_branch.branch_code;
         crm_origin.begin_apply(in_record_key => out_record_key);
         create_client(
            in_crm_id => in_crm_id,
            in_branch => r_branch,
            in_fields => in_fields
         );
      end if;
      crm_record.register(in_record_key => out_record_key);
   end convert;
end crm_conversion;
/
