create or replace package body crm_test_hash
is
   procedure canonical_texts
   is
   begin
      <<vectors>>
      for r_vector in (
         select j.name, j.hash, lower(rawtohex(standard_hash(hextoraw(j.canonical_hex), 'SHA256'))) as computed
           from json_table(
                   crm_test_vectors.vectors, '$[*]'
                   columns (
                      name          varchar2(100 char)  path '$.name',
                      canonical_hex varchar2(2000 char) path '$.canonical_hex',
                      hash          varchar2(64 char)   path '$.hash'
                   )
                ) j
      ) loop
         ut.expect(r_vector.computed, r_vector.name).to_equal(r_vector.hash);
      end loop vectors;
   end canonical_texts;

   -- The references that the row needs, made when the ERP has none.
   procedure create_references(
      in_city      in varchar2,
      in_state     in varchar2,
      in_industry  in varchar2,
      in_sales_rep in number
   )
   is
   begin
      insert into erp.states (code, name)
      select in_state, in_state
        from dual
       where in_state is not null
         and not exists (
                select null
                  from erp.states s
                 where s.code = in_state
             );
      insert into erp.cities (id, name, state_code)
      select (
                select coalesce(max(c.id), 0) + 1
                  from erp.cities c
             ),
             in_city,
             in_state
        from dual
       where in_city is not null
         and not exists (
                select null
                  from erp.cities c
                 where c.name = in_city
                   and c.state_code = in_state
             );
      insert into erp.industries (id, description)
      select (
                select coalesce(max(i.id), 0) + 1
                  from erp.industries i
             ),
             in_industry
        from dual
       where in_industry is not null
         and not exists (
                select null
                  from erp.industries i
                 where i.description = in_industry
             );
      insert into erp.sales_reps (code, name)
      select in_sales_rep, 'Rep'
        from dual
       where in_sales_rep is not null
         and not exists (
                select null
                  from erp.sales_reps s
                 where s.code = in_sales_rep
             );
   end create_references;

   procedure hash_view
   is
      l_code     pls_integer := 99000100;
      l_hash     varchar2(64 char);
      l_is_shown varchar2(1 char);
      l_compared pls_integer := 0;
   begin
      <<vectors>>
      for r_vector in (
         select j.*
           from json_table(
                   crm_test_vectors.vectors, '$[*]'
                   columns (
                      vector_name        varchar2(100 char) path '$.name',
                      hash               varchar2(64 char)  path '$.hash',
                      taxid              varchar2(14 char)  path '$.row.taxid',
                      name               varchar2(100 char) path '$.row.name',
                      tax_registration   varchar2(20 char)  path '$.row.tax_registration',
                      industry           varchar2(60 char)  path '$.row.industry',
                      phone              varchar2(20 char)  path '$.row.phone',
                      address_street     varchar2(200 char) path '$.row.address_street',
                      address_number     varchar2(10 char)  path '$.row.address_number',
                      address_complement varchar2(200 char) path '$.row.address_complement',
                      address_district   varchar2(50 char)  path '$.row.address_district',
                      address_zipcode    varchar2(8 char)   path '$.row.address_zipcode',
                      city               varchar2(60 char)  path '$.row.city',
                      state              varchar2(2 char)   path '$.row.state',
                      sales_rep          number             path '$.row.sales_rep',
                      financial_analysis varchar2(200 char) path '$.row.financial_analysis'
                   )
                ) j
          where j.taxid is not null
            and j.name is not null
      ) loop
         savepoint vector;
         create_references(
            in_city      => r_vector.city,
            in_state     => r_vector.state,
            in_industry  => r_vector.industry,
            in_sales_rep => r_vector.sales_rep
         );
         l_code := l_code + 1;
         insert into erp.clients (code, name)
         values (l_code, r_vector.name);
         insert into erp.branches (
            client_code, code, taxid, tax_registration, address_street, address_number, address_complement,
            address_district, address_zipcode, city_id, phone, sales_rep, industry_id, integrate_crm
         ) values (
            l_code, 1, r_vector.taxid, r_vector.tax_registration, r_vector.address_street, r_vector.address_number,
            r_vector.address_complement, r_vector.address_district, r_vector.address_zipcode,
            (
               select min(c.id)
                 from erp.cities c
                where c.name = r_vector.city
                  and c.state_code = r_vector.state
            ),
            r_vector.phone, r_vector.sales_rep,
            (
               select i.id
                 from erp.industries i
                where i.description = r_vector.industry
            ),
            'S'
         );
         insert into erp.credit_limit_history (client_code, branch_code, credit_limit, financial_analysis)
         values (l_code, 1, 0, r_vector.financial_analysis);
         select h.row_hash,
                case
                   when decode(v.taxid, r_vector.taxid, 0, 1) = 0
                   and decode(v.name, r_vector.name, 0, 1) = 0
                   and decode(v.tax_registration, r_vector.tax_registration, 0, 1) = 0
                   and decode(v.industry, r_vector.industry, 0, 1) = 0
                   and decode(v.phone, r_vector.phone, 0, 1) = 0
                   and decode(v.address_street, r_vector.address_street, 0, 1) = 0
                   and decode(v.address_number, r_vector.address_number, 0, 1) = 0
                   and decode(v.address_complement, r_vector.address_complement, 0, 1) = 0
                   and decode(v.address_district, r_vector.address_district, 0, 1) = 0
                   and decode(v.address_zipcode, r_vector.address_zipcode, 0, 1) = 0
                   and decode(v.city, r_vector.city, 0, 1) = 0
                   and decode(v.state, r_vector.state, 0, 1) = 0
                   and decode(v.financial_analysis, r_vector.financial_analysis, 0, 1) = 0
                   then 'S'
                end
           into l_hash, l_is_shown
           from crm_client_hashes_v h
           join vw_crm_clients v
             on v.record_key = h.record_key
          where h.record_key = l_code || '-1';
         if l_is_shown = 'S' then
            ut.expect(l_hash, r_vector.vector_name).to_equal(r_vector.hash);
            l_compared := l_compared + 1;
         else
            -- the view shows the row in another form, so it must be another row
            ut.expect(l_hash, r_vector.vector_name).not_to_equal(r_vector.hash);
         end if;
         rollback to vector;
      end loop vectors;
      ut.expect(l_compared).to_be_greater_than(10);
   end hash_view;
end crm_test_hash;
/
